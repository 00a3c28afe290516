using Weft.Contracts.Cni;

namespace Weft.NetDaemon.Attachments;

/// <summary>How policies and people know an attachment.</summary>
/// <param name="Namespace">Its namespace, "default" where nothing says.</param>
/// <param name="Name">Its name, the container's ID where nothing says.</param>
/// <param name="Uid">The pod's UID, or empty.</param>
/// <param name="Labels">What selectors select by.</param>
internal sealed record EndpointDescription(string Namespace, string Name, string Uid, IReadOnlyDictionary<string, string> Labels)
{
    private const string DefaultNamespace = "default";
    private const int MaximumLabels = 256;

    // Labels by which runtimes tell who a container is: kubelet through CRI, and nerdctl.
    private const string PodNamespace = "io.kubernetes.pod.namespace";
    private const string PodName = "io.kubernetes.pod.name";
    private const string PodUid = "io.kubernetes.pod.uid";
    private const string NerdctlName = "nerdctl/name";

    /// <summary>What the call itself says wins; the container's labels fill in what it leaves open.</summary>
    /// <param name="request">Checked by <see cref="AttachRequestReader"/>.</param>
    /// <param name="container">The container's labels in containerd, or null when they are not known.</param>
    public static EndpointDescription Of(AttachRequest request, IReadOnlyDictionary<string, string>? container)
    {
        string endpointNamespace = request.EndpointNamespace;
        string name = request.EndpointName;
        string uid = request.PodUid;
        var labels = new Dictionary<string, string>(request.Labels, StringComparer.Ordinal);
        if (container is not null)
        {
            // A pod's name means something in its own namespace only, so both come from the same place.
            if (name.Length == 0 && NameIn(container, PodName) is { } pod && (endpointNamespace.Length > 0 || NameIn(container, PodNamespace) is not null))
            {
                name = pod;
                endpointNamespace = endpointNamespace.Length > 0 ? endpointNamespace : NameIn(container, PodNamespace)!;
                uid = uid.Length > 0 ? uid : container.GetValueOrDefault(PodUid, "");
            }
            name = name.Length > 0 ? name : NameIn(container, NerdctlName) ?? "";
            foreach ((string label, string value) in container.OrderBy(l => l.Key, StringComparer.Ordinal))
            {
                if (labels.Count < MaximumLabels)
                {
                    labels.TryAdd(label, value);
                }
            }
        }
        return new EndpointDescription(
            endpointNamespace.Length > 0 ? endpointNamespace : DefaultNamespace,
            name.Length > 0 ? name : request.Key.ContainerId,
            uid,
            labels);
    }

    // Names become parts of keys and, one day, of DNS names. nerdctl allows more than DNS does: such a container keeps its ID as its name.
    private static string? NameIn(IReadOnlyDictionary<string, string> labels, string label) =>
        labels.TryGetValue(label, out string? value) && ResourceName.IsHostName(value) ? value : null;
}
