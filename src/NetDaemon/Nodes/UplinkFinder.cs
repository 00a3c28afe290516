using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Route;

namespace Weft.NetDaemon.Nodes;

/// <summary>Finds the way out in what the kernel has: for each family by itself, and by the other's interface where it has none of its own.</summary>
internal static class UplinkFinder
{
    private const uint Secondary = 0x01;        // IFA_F_SECONDARY of IPv4, and for IPv6 IFA_F_TEMPORARY (RFC 8981): not kept for long
    private const uint DadFailed = 0x08;        // IFA_F_DADFAILED
    private const uint Deprecated = 0x20;       // IFA_F_DEPRECATED

    private static readonly AddressFamily[] Families = [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6];

    /// <summary>IPv4's first; empty when there is no such interface. One without addresses has none of its family.</summary>
    public static IReadOnlyList<UplinkEnd> Find(RouteSocket socket, UnderlayChoice choice)
    {
        ILookup<int, AddressInfo> addresses = socket.Addresses().Where(IsUsable).ToLookup(a => a.LinkIndex);
        (int Link, IPAddress? Source)[] ways = [.. Families.Select(family => FindWay(socket, choice, family, addresses))];
        int other = ways.Select(w => w.Link).FirstOrDefault(link => link != 0);
        List<UplinkEnd> ends = [];
        foreach ((AddressFamily family, (int link, IPAddress? source)) in Families.Zip(ways))
        {
            int index = link == 0 ? other : link;
            if (index != 0 && socket.LinkByIndex(index) is { } found)
            {
                ends.Add(Describe(found, source, choice.AddressOf(family), [.. addresses[found.Index].Where(a => a.Address.Address.AddressFamily == family)]));
            }
        }
        // One that only stands in for a family without addresses says nothing.
        return ends.Exists(e => e.Published.Count > 0) ? [.. ends.Where(e => e.Published.Count > 0)] : ends;
    }

    private static (int Link, IPAddress? Source) FindWay(RouteSocket socket, UnderlayChoice choice, AddressFamily family, ILookup<int, AddressInfo> addresses)
    {
        // An explicit address that is the node's own says by itself which interface it is.
        if (choice.AddressOf(family) is { } named && addresses.SelectMany(a => a).FirstOrDefault(a => a.Address.Address.Equals(named)) is { } own)
        {
            return (own.LinkIndex, named);
        }
        if (choice.Interface is not null)
        {
            // Of several that fit, the first that has an address of the family.
            LinkInfo[] fitting = [.. socket.Links().Where(l => choice.Matches(l.Name)).OrderBy(l => l.Index)];
            return ((fitting.FirstOrDefault(l => addresses[l.Index].Any(a => a.Address.Address.AddressFamily == family)) ?? (choice.IsPattern ? null : fitting.FirstOrDefault()))?.Index ?? 0, null);
        }
        IPAddress? target = choice.RouteToOf(family);
        if (target is null && choice.RouteTo.Count > 0)
        {
            return default;
        }
        RouteInfo? best = socket.Routes(family, table: RouteTable.Main)
            .Where(r => r.Type == RouteType.Unicast && r.LinkIndex != 0 && r.Protocol != RouteProtocol.Weft && (target is null ? r.Destination.PrefixLength == 0 : r.Destination.Contains(target)))
            .OrderByDescending(r => r.Destination.PrefixLength).ThenBy(r => r.Priority).FirstOrDefault();
        return best is null ? default : (best.LinkIndex, best.Source);
    }

    private static UplinkEnd Describe(LinkInfo link, IPAddress? preferred, IPAddress? told, AddressInfo[] addresses)
    {
        IPAddress[] own =
        [
            .. addresses.OrderBy(a => a.Address.Address.Equals(preferred) ? 0 : 1)
                .ThenBy(a => (a.Flags & Deprecated) != 0 ? 2 : (a.Flags & Secondary) != 0 ? 1 : 0).Select(a => a.Address.Address),
        ];
        return new UplinkEnd(link.Name, link.Mtu, own, told is null ? own : [told], SegmentsOf(addresses.Select(a => a.Address)));
    }

    private static bool IsUsable(AddressInfo address) => !address.Address.Address.IsIPv6LinkLocal && !address.IsTentative && (address.Flags & DadFailed) == 0;

    private static IReadOnlyList<IPNetwork> SegmentsOf(IEnumerable<InterfaceAddress> addresses) =>
    [
        // An address alone in its prefix says nothing about who else is on the link.
        .. addresses.Where(a => a.PrefixLength < a.Address.GetAddressBytes().Length * 8)
            .Select(a => Cidr.Containing(a.Address, a.PrefixLength).ToString())
            .Distinct()
            .Select(IPNetwork.Parse),
    ];
}
