using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Nftables;
using Weft.NetDaemon.Attachments;

namespace Weft.NetDaemon.Kernel;

/// <summary>The maps and sets of published ports in table inet weft, and what an attachment has in them.</summary>
internal static class PublishedPortSets
{
    private static readonly NftSet Specific4 = Map("published4", NftDataType.Ipv4Address, NftDataType.InetProtocol, NftDataType.Ipv4Address, NftDataType.InetService);
    private static readonly NftSet Specific6 = Map("published6", NftDataType.Ipv6Address, NftDataType.InetProtocol, NftDataType.Ipv6Address, NftDataType.InetService);
    private static readonly NftSet Any4 = Map("published_any4", NftDataType.Ipv4Address, NftDataType.InetProtocol, NftDataType.InetService);
    private static readonly NftSet Any6 = Map("published_any6", NftDataType.Ipv6Address, NftDataType.InetProtocol, NftDataType.InetService);
    private static readonly NftSet Hairpin4 = new("hairpin4", NftType.Of(NftDataType.Ipv4Address, NftDataType.Ipv4Address));
    private static readonly NftSet Hairpin6 = new("hairpin6", NftType.Of(NftDataType.Ipv6Address, NftDataType.Ipv6Address));

    /// <summary>protocol . address . port -> container's address . port.</summary>
    public static NftSet Specific(AddressFamily family) => family == AddressFamily.InterNetwork ? Specific4 : Specific6;

    /// <summary>protocol . port -> container's address . port, on all addresses of the node.</summary>
    public static NftSet Any(AddressFamily family) => family == AddressFamily.InterNetwork ? Any4 : Any6;

    /// <summary>address . address of containers that publish something: translated, they would talk to themselves.</summary>
    public static NftSet Hairpin(AddressFamily family) => family == AddressFamily.InterNetwork ? Hairpin4 : Hairpin6;

    /// <summary>All that an attachment has in them.</summary>
    public static IEnumerable<(NftSet Set, NftElement Element)> ElementsOf(AttachmentRecord attachment)
    {
        foreach (PublishedPort port in PublishedPort.Of(attachment))
        {
            NftValue target = NftValue.Concat(port.ContainerAddress, NftValue.Port(port.ContainerPort));
            yield return port.HostAddress is { } address
                ? (Specific(port.Family), NftElement.Map(NftValue.Concat(NftValue.Protocol(port.Protocol), address, NftValue.Port(port.HostPort)), target))
                : (Any(port.Family), NftElement.Map(NftValue.Concat(NftValue.Protocol(port.Protocol), NftValue.Port(port.HostPort)), target));
        }
        foreach (IPAddress address in PublishedPort.TargetsOf(attachment))
        {
            yield return (Hairpin(address.AddressFamily), NftValue.Concat(address, address));
        }
    }

    /// <summary>Adds the elements of attachments to the sets of a ruleset.</summary>
    public static void AddElements(NftRuleset rules, IEnumerable<AttachmentRecord> attachments)
    {
        // Two holders of one port are refused at ADD. Should a ledger hold them all the same, it must not cost the node all of its rules.
        var seen = new HashSet<(string, NftValue)>();
        foreach ((NftSet set, NftElement element) in attachments.SelectMany(ElementsOf))
        {
            if (seen.Add((set.Name, element.Key)))
            {
                rules.AddElements(set, element);
            }
        }
    }

    /// <summary>What of an attachment a table does not hold, as an operator would name it.</summary>
    public static IEnumerable<string> Missing(AttachmentRecord attachment, NftTableState state)
    {
        foreach ((NftSet set, NftElement element) in ElementsOf(attachment))
        {
            if (state.Sets.FirstOrDefault(s => s.Info.Name == set.Name)?.Elements?.Any(e => e.Key == element.Key && e.Data == element.Data) != true)
            {
                yield return $"the element {element.Format(set)} of {set.Kind} {set.Name} in {RoutedRules.Table}";
            }
        }
    }

    /// <summary>Whether a set holds something that belongs to one attachment.</summary>
    public static bool IsOne(string set) => set.StartsWith("published", StringComparison.Ordinal) || set.StartsWith("hairpin", StringComparison.Ordinal);

    private static NftSet Map(string name, NftDataType target, params NftDataType[] key) =>
        new(name, NftType.Of(key)) { Data = NftType.Of(target, NftDataType.InetService) };
}
