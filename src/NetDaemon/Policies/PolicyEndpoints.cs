using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Weft.Contracts;
using Weft.NetDaemon.Attachments;
using Weft.Policy.Labels;
using Weft.Policy.Model;
using Endpoint = Weft.Contracts.V1.Endpoint;

namespace Weft.NetDaemon.Policies;

/// <summary>Attachments as policies see them.</summary>
internal static class PolicyEndpoints
{
    /// <param name="record">An attachment of this node.</param>
    /// <param name="node">This node's name.</param>
    public static PolicyEndpoint Of(AttachmentRecord record, string node) => new(
        NameOf(record),
        LabelSet.From(record.Labels),
        [.. record.Addresses.Select(address => address.Address)],
        PortsOf(record.Labels),
        node,
        HostNetwork: false);

    /// <summary>Another node's endpoint, as it published it.</summary>
    public static PolicyEndpoint Of(Endpoint endpoint) => new(
        new EndpointName(endpoint.Namespace, $"{endpoint.Name}%{endpoint.HostInterface}"),
        LabelSet.From(endpoint.Labels),
        [.. endpoint.Addresses.Select(IPAddress.Parse)],
        PortsOf(endpoint.Labels),
        endpoint.Node,
        HostNetwork: false);

    /// <summary>A container has as many as it has interfaces.</summary>
    public static EndpointName NameOf(AttachmentRecord record) => new(record.EndpointNamespace, $"{record.EndpointName}%{record.HostInterface}");

    /// <summary>Ports with names: labels such as "port.weft.dev/web": "8080", or "53-udp". What is no port is passed over.</summary>
    public static ImmutableArray<NamedPort> PortsOf(IEnumerable<KeyValuePair<string, string>> labels)
    {
        ImmutableArray<NamedPort>.Builder ports = ImmutableArray.CreateBuilder<NamedPort>();
        foreach ((string label, string value) in labels.OrderBy(label => label.Key, StringComparer.Ordinal))
        {
            if (!label.StartsWith(WeftLabels.PortPrefix, StringComparison.Ordinal))
            {
                continue;
            }
            string[] parts = value.Split('-');
            L4Protocol? protocol = parts.Length == 1 ? L4Protocol.Tcp : parts[1] switch { "tcp" => L4Protocol.Tcp, "udp" => L4Protocol.Udp, "sctp" => L4Protocol.Sctp, _ => null };
            if (parts.Length <= 2 && protocol is { } known && ushort.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) && number > 0)
            {
                ports.Add(new NamedPort(label[WeftLabels.PortPrefix.Length..], known, number));
            }
        }
        return ports.DrainToImmutable();
    }
}
