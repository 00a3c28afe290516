using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Weft.Contracts;
using Weft.Contracts.V1;
using Weft.Policy.Labels;
using Weft.Policy.Model;

namespace Weft.Policy.Objects;

/// <summary>Turns stored endpoints and nodes into what is judged.</summary>
public static class EndpointReader
{
    /// <summary>An endpoint by its full name, interface included: what is known of others does not change it.</summary>
    /// <exception cref="FormatException">An address is none.</exception>
    public static PolicyEndpoint Read(Endpoint endpoint) => new(
        new EndpointName(endpoint.Namespace, endpoint.Name, endpoint.HostInterface),
        LabelSet.From(endpoint.Labels),
        [.. endpoint.Addresses.Select(IPAddress.Parse)],
        PortsOf(endpoint.Labels),
        endpoint.Node,
        HostNetwork: false);

    /// <exception cref="FormatException">An address is none.</exception>
    public static PolicyNode Read(Node node) => new(node.Name, LabelSet.From(node.Labels), [.. node.UnderlayAddresses.Select(IPAddress.Parse)]);

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
