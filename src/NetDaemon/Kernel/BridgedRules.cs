using System.Net.Sockets;
using Weft.Contracts;
using Weft.Dataplane.Nftables;
using Weft.NetDaemon.Overlay;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// The rules of table bridge weft, without elements: what a container may put on its wire at all. A port without elements, such as one
/// that is being attached or was left over, sends nothing.
/// </summary>
internal static class BridgedRules
{
    public static readonly NftTable Table = new(NftFamily.Bridge, "weft");

    private const string Port = "port";
    private const string From4 = "from4";
    private const string From6 = "from6";

    private const byte ForOthers = 3;            // PACKET_OTHERHOST: the bridge has made what is for its own MAC 0 by then (br_handle_frame)
    private const ushort EtherTypeIPv4 = 0x0800;
    private const ushort EtherTypeArp = 0x0806;
    private const ushort EtherTypeIPv6 = 0x86dd;
    private const byte IpInIp = 4;
    private const byte Ipv6InIp = 41;
    private const byte Gre = 47;
    private const ushort DhcpServer = 67;
    private const ushort DhcpV6Server = 547;
    private const uint RouterAdvertisement = 134;
    private const uint NeighbourAdvertisement = 136;
    private const uint Redirect = 137;

    private static readonly NftSelector PortOf4 = Match.Concat(Match.InputName, Match.EtherSource, Match.IpSource);
    private static readonly NftSelector PortOf6 = Match.Concat(Match.InputName, Match.EtherSource, Match.Ip6Source);

    /// <param name="table"><see cref="Table"/> with the flags that it is to have.</param>
    /// <param name="overlayPorts">UDP ports of the overlays, besides VXLAN's own.</param>
    public static NftRuleset Build(NftTable table, IEnumerable<ushort> overlayPorts)
    {
        NftRule[] vxlan = [.. overlayPorts.Prepend(OverlayNetwork.StandardPort).Distinct().Select(port => Rule("own VXLAN", Match.UdpDestinationPort.Is(port), Statement.Counter, Drop))];
        string ports4 = FirewallSets.Ports(AddressFamily.InterNetwork).Name;
        string ports6 = FirewallSets.Ports(AddressFamily.InterNetworkV6).Name;
        return new NftRuleset(table)
            .Add(FirewallSets.Ports(AddressFamily.InterNetwork))
            .Add(FirewallSets.Ports(AddressFamily.InterNetworkV6))
            .Add(
                new NftChain("prerouting", new NftBase(NftChainType.Filter, NftHook.Prerouting, NftPriority.BridgeFilter)),
                Rule("a container's port", Match.InputName.Is($"{WeftPaths.PortPrefix}*"), Goto(Port)))
            .Add(
                new NftChain(Port),
                // All that a container has to say goes by the node. A bridge with a macvlan on it is promiscuous, and would look at these.
                Rule("to another MAC than the node's", Match.PacketType.Is(ForOthers), Statement.Counter, Drop),
                Rule("its own IPv4 address", Match.EtherType.Is(EtherTypeIPv4), PortOf4.InSet(ports4), Goto(From4)),
                Rule("its own IPv6 address", Match.EtherType.Is(EtherTypeIPv6), PortOf6.InSet(ports6), Goto(From6)),
                Rule(
                    "ARP for itself",
                    Match.EtherType.Is(EtherTypeArp),
                    Match.Concat(Match.InputName, Match.EtherSource, Match.ArpSenderIp).InSet(ports4),
                    Match.Concat(Match.InputName, Match.ArpSenderEther, Match.ArpSenderIp).InSet(ports4),
                    Verdict.Accept),
                // Forged addresses, foreign ARP, VLAN tags, and everything from a port that is not attached.
                Rule("anything else", Statement.Counter, Drop))
            .Add(
                new NftChain(From4),
                [
                    Rule("DHCP offers", Match.UdpSourcePort.Is(DhcpServer), Statement.Counter, Drop),
                    .. vxlan,
                    Tunnels(),
                    Rule("allowed", Verdict.Accept),
                ])
            .Add(
                new NftChain(From6),
                [
                    Rule("router advertisements and redirects", Match.Icmpv6Type.IsOneOf(RouterAdvertisement, Redirect), Statement.Counter, Drop),
                    Rule(
                        "neighbour advertisements for others",
                        Match.Icmpv6Type.Is(NeighbourAdvertisement),
                        Match.Concat(Match.InputName, Match.EtherSource, Match.Icmpv6Target).NotInSet(ports6),
                        Statement.Counter,
                        Drop),
                    Rule("DHCPv6 offers", Match.UdpSourcePort.Is(DhcpV6Server), Statement.Counter, Drop),
                    .. vxlan,
                    Tunnels(),
                    Rule("allowed", Verdict.Accept),
                ]);
    }

    private static NftRule Tunnels() => Rule("own tunnels", Match.Layer4Protocol.IsOneOf(IpInIp, Ipv6InIp, Gre), Statement.Counter, Drop);

    private static NftRule Rule(string comment, params ReadOnlySpan<NftStatement> statements) => new(comment, statements);

    private static NftStatement Drop => Verdict.Drop;

    private static NftVerdict Goto(string chain) => Verdict.Goto(chain);
}
