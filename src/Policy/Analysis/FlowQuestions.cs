using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Weft.Manifests.Yaml;
using Weft.Policy.Evaluation;
using Weft.Policy.Model;

namespace Weft.Policy.Analysis;

/// <summary>Turns what people type into flows.</summary>
public static class FlowQuestions
{
    private const string EndForms = "write NAMESPACE/NAME or NAME of an endpoint, node:NAME, or an address";
    private const string PortForms = "write tcp/80, udp/53, sctp/5000, tcp/NAME or icmp";

    /// <summary>The flows that a question is about: one a family that both ends have.</summary>
    /// <exception cref="QuestionException">An end or the port cannot be found; or the ends have no family in common.</exception>
    public static IReadOnlyList<Flow> Flows(PolicyWorld world, string source, string destination, string port)
    {
        IReadOnlyList<Party> from = Parties(world, source);
        IReadOnlyList<Party> to = Parties(world, destination);
        List<Flow> flows = [];
        foreach (Party a in from)
        {
            foreach (Party b in to)
            {
                // An end without a known address fits any other.
                if (a.Address is null || b.Address is null || a.Address.AddressFamily == b.Address.AddressFamily)
                {
                    (L4Protocol protocol, ushort number) = Port(port, b);
                    bool six = (a.Address ?? b.Address)?.AddressFamily == AddressFamily.InterNetworkV6;
                    flows.Add(new Flow(a, b, protocol == L4Protocol.Icmp && six ? L4Protocol.Icmp6 : protocol, number));
                }
            }
        }
        return flows.Count > 0 ? flows : throw new QuestionException($"{source} and {destination} have no address family in common");
    }

    /// <summary>An end by each of its families; once, without an address, when none is known.</summary>
    public static IReadOnlyList<Party> Parties(PolicyWorld world, string text)
    {
        if (AddressNumber.TryParse(text, out IPAddress? address))
        {
            return [Party.At(world, address)];
        }
        if (text.StartsWith("node:", StringComparison.Ordinal))
        {
            string name = text["node:".Length..];
            return world.Nodes.TryGetValue(name, out PolicyNode? node)
                ? Families(node.Addresses, family => Party.Of(node, family))
                : throw new QuestionException($"there is no node {Quoted.Text(name)}; known are: {Some(world.Nodes.Keys)}");
        }
        return Of(world, Endpoint(world, text));
    }

    /// <summary>An endpoint by each of its families.</summary>
    public static IReadOnlyList<Party> Of(PolicyWorld world, PolicyEndpoint endpoint) => Families(endpoint.Addresses, family => Party.Of(world, endpoint, family));

    /// <summary>An endpoint by NAMESPACE/NAME, by a name that one endpoint alone has, or by either with its interface (<see cref="EndpointName.IsMeantBy"/>).</summary>
    public static PolicyEndpoint Endpoint(PolicyWorld world, string text)
    {
        PolicyEndpoint[] found = [.. world.Endpoints.Values.Where(endpoint => endpoint.Name.IsMeantBy(text))];
        return found.Length switch
        {
            1 => found[0],
            0 => throw new QuestionException($"there is no endpoint {Quoted.Text(text)}; {EndForms}. Known are: {Some(world.Endpoints.Keys.Select(name => name.ToString()))}"),
            _ => throw new QuestionException($"{Quoted.Text(text)} is the name of {found.Length} endpoints; write one of {Some(found.Select(endpoint => endpoint.Name.ToString()))}"),
        };
    }

    /// <summary>Protocol and port; a name is what the destination calls so.</summary>
    public static (L4Protocol Protocol, ushort Port) Port(string text, Party destination)
    {
        string[] parts = text.Split('/');
        if (parts is [var only])
        {
            parts = only is "icmp" ? [only, "0"] : ["tcp", only];
        }
        if (parts is ["icmp", "0"])
        {
            return (L4Protocol.Icmp, 0);
        }
        if (parts.Length != 2 || L4Protocols.FromManifest(parts[0].ToUpperInvariant()) is not { } protocol)
        {
            throw new QuestionException($"{Quoted.Text(text)} is no protocol with a port; {PortForms}");
        }
        if (ushort.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) && number > 0)
        {
            return (protocol, number);
        }
        foreach (NamedPort port in destination.Endpoint?.Ports ?? [])
        {
            if (port.Name == parts[1] && port.Protocol == protocol)
            {
                return (protocol, port.Number);
            }
        }
        throw new QuestionException($"{destination} has no {protocol.Word()} port {Quoted.Text(parts[1])}; {PortForms}");
    }

    private static IReadOnlyList<Party> Families(IReadOnlyCollection<IPAddress> addresses, Func<AddressFamily?, Party> party) =>
        addresses.Count == 0 ? [party(null)] : [.. addresses.Select(address => address.AddressFamily).Distinct().Order().Select(family => party(family))];

    private static string Some(IEnumerable<string> names)
    {
        string[] sorted = [.. names.Order(StringComparer.Ordinal)];
        return sorted.Length == 0 ? "none" : string.Join(", ", sorted.Take(10)) + (sorted.Length > 10 ? $" and {sorted.Length - 10} more" : "");
    }
}
