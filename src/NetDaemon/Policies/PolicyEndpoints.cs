using Weft.NetDaemon.Attachments;
using Weft.Policy.Labels;
using Weft.Policy.Model;
using Weft.Policy.Objects;

namespace Weft.NetDaemon.Policies;

/// <summary>Attachments as policies see them: the same as <see cref="EndpointReader"/> makes of what is published of them.</summary>
internal static class PolicyEndpoints
{
    /// <param name="record">An attachment of this node.</param>
    /// <param name="node">This node's name.</param>
    public static PolicyEndpoint Of(AttachmentRecord record, string node) => new(
        NameOf(record),
        LabelSet.From(record.Labels),
        [.. record.Addresses.Select(address => address.Address)],
        EndpointReader.PortsOf(record.Labels),
        node,
        HostNetwork: false);

    /// <summary>A container has as many as it has interfaces.</summary>
    public static EndpointName NameOf(AttachmentRecord record) => new(record.EndpointNamespace, record.EndpointName, record.HostInterface);
}
