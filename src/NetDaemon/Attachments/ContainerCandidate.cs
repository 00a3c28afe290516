namespace Weft.NetDaemon.Attachments;

/// <summary>Where containerd may know a container.</summary>
/// <param name="Namespace">A containerd namespace, not a Kubernetes one.</param>
/// <param name="Id">The container's ID there.</param>
internal readonly record struct ContainerCandidate(string Namespace, string Id)
{
    /// <summary>The namespace of everything that came through CRI.</summary>
    public const string KubernetesNamespace = "k8s.io";

    private const int LongestIdentifier = 76;   // containerd's pkg/identifiers: maxLength
    private const int MaximumSplits = 8;        // each costs a question, and namespaces with so many "-" are rare

    /// <summary>
    /// The containers that a CNI_CONTAINERID may mean, likeliest first. CRI passes a sandbox's ID. ctr and nerdctl pass
    /// "NAMESPACE-ID", both of which may have a "-" themselves.
    /// </summary>
    public static IReadOnlyList<ContainerCandidate> Of(string containerId)
    {
        var candidates = new List<ContainerCandidate>();
        int dash = containerId.IndexOf('-', StringComparison.Ordinal);
        while (dash >= 0 && candidates.Count < MaximumSplits)
        {
            string before = containerId[..dash];
            string after = containerId[(dash + 1)..];
            if (IsIdentifier(before) && IsIdentifier(after))
            {
                candidates.Add(new ContainerCandidate(before, after));
            }
            dash = containerId.IndexOf('-', dash + 1);
        }
        if (IsIdentifier(containerId))
        {
            candidates.Add(new ContainerCandidate(KubernetesNamespace, containerId));
        }
        return candidates;
    }

    /// <summary>Letters and digits, with single ".", "_" or "-" between them: containerd's rule for namespaces and IDs.</summary>
    private static bool IsIdentifier(string text)
    {
        if (text.Length is 0 or > LongestIdentifier)
        {
            return false;
        }
        bool separated = true;
        foreach (char c in text)
        {
            bool separator = c is '.' or '_' or '-';
            if ((separator && separated) || (!separator && !char.IsAsciiLetterOrDigit(c)))
            {
                return false;
            }
            separated = separator;
        }
        return !separated;
    }
}
