using Google.Protobuf;
using Weft.Contracts.Cni;

namespace Weft.NetDaemon.Attachments;

/// <summary>One container interface as weftd must remember it: enough to undo it with everything else gone.</summary>
internal sealed record AttachmentRecord
{
    /// <summary>Names this very attachment; grows, and is never used again in one state directory. 0 until the ledger gave one.</summary>
    public ulong Id { get; init; }

    public required AttachmentKey Key { get; init; }

    /// <summary>CNI_NETNS: the path of the container's network namespace.</summary>
    public required string Netns { get; init; }

    /// <summary>st_dev of the namespace file: with the inode it tells whether the path still names the same namespace.</summary>
    public required ulong NetnsDevice { get; init; }

    /// <summary>st_ino of the namespace file.</summary>
    public required ulong NetnsInode { get; init; }

    public required string WeftNetwork { get; init; }

    public required string EndpointNamespace { get; init; }

    public required string EndpointName { get; init; }

    /// <summary>K8S_POD_UID, or empty.</summary>
    public string EndpointUid { get; init; } = "";

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Name of the veth's host end.</summary>
    public required string HostInterface { get; init; }

    /// <summary>6 bytes.</summary>
    public required ReadOnlyMemory<byte> HostMac { get; init; }

    /// <summary>6 bytes.</summary>
    public required ReadOnlyMemory<byte> ContainerMac { get; init; }

    /// <summary>Bytes.</summary>
    public required int Mtu { get; init; }

    public required IReadOnlyList<AttachmentAddress> Addresses { get; init; }

    /// <summary>Ports, limits and further names. Not changed once it is in a record.</summary>
    public AttachmentOptions Options { get; init; } = new();

    /// <summary>Whether what selectors select by is known: else nobody can say which policies are about it.</summary>
    public bool LabelsAreKnown => Options.LabelsWantedFor.IsEmpty;

    public AttachmentState State { get; init; } = AttachmentState.Pending;

    /// <summary>/proc/sys/kernel/random/boot_id at ADD: under another one, the namespace is gone for certain.</summary>
    public required string BootId { get; init; }

    /// <summary>Wall time of ADD; kept in whole milliseconds.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Who may come back for its addresses, as text: namespace, name and interface of an endpoint with a name of its own, or
    /// null. A container's ID never comes back.</summary>
    public string? Owner => EndpointName == Key.ContainerId ? null : OwnerOf(EndpointNamespace, EndpointName, Key.InterfaceName);

    /// <inheritdoc cref="Owner"/>
    public static string OwnerOf(string endpointNamespace, string endpointName, string interfaceName) =>
        $"{endpointNamespace}\n{endpointName}\n{interfaceName}";

    /// <summary>The same before anybody knows its labels.</summary>
    /// <param name="request">By which they are looked for.</param>
    public AttachmentRecord WithoutLabels(AttachRequest request) => this with
    {
        Options = new AttachmentOptions(Options) { LabelsWantedFor = new AttachRequest(request) { Options = null }.ToByteString() },
    };

    public AttachmentRecord DescribedAs(EndpointDescription endpoint) => this with
    {
        EndpointNamespace = endpoint.Namespace,
        EndpointName = endpoint.Name,
        EndpointUid = endpoint.Uid,
        Labels = endpoint.Labels,
        Options = LabelsAreKnown ? Options : new AttachmentOptions(Options) { LabelsWantedFor = ByteString.Empty },
    };

    public bool IsDescribedAs(EndpointDescription endpoint) => LabelsAreKnown
        && EndpointNamespace == endpoint.Namespace
        && EndpointName == endpoint.Name
        && EndpointUid == endpoint.Uid
        && Labels.Count == endpoint.Labels.Count
        && Labels.All(l => endpoint.Labels.TryGetValue(l.Key, out string? value) && value == l.Value);
}
