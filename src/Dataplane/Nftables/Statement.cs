using System.Net;
using Weft.Dataplane.Nftables.Statements;

namespace Weft.Dataplane.Nftables;

/// <summary>What rules can do besides judging.</summary>
public static class Statement
{
    /// <summary>Counts packets and bytes from here on.</summary>
    public static NftStatement Counter { get; } = new CounterStatement();

    /// <summary>Exempts the packet from connection tracking; only in chains before it (priority raw).</summary>
    public static NftStatement NoTrack { get; } = new NoTrackStatement();

    /// <summary>
    /// Lowers the segment size that a TCP SYN announces to what the MTUs of its route and of the route back leave room for; never raises it. Match SYNs first (hooks forward, output and postrouting).
    /// </summary>
    public static NftStatement ClampSegmentSize { get; } = new ClampSegmentSizeStatement();

    /// <summary>Counts in a named counter of the table.</summary>
    public static NftStatement CounterNamed(string name) => new NamedCounterStatement(name);

    /// <summary>Writes to the kernel's log, or to an nflog group.</summary>
    /// <param name="prefix">At most 127 bytes in front of each entry, or null.</param>
    /// <param name="group">The nflog group, or null for the kernel's log.</param>
    /// <param name="snapshotLength">Bytes of the packet to copy to the group, 0 for all.</param>
    public static NftStatement Log(string? prefix = null, ushort? group = null, uint snapshotLength = 0) =>
        new LogStatement(prefix, group, snapshotLength);

    /// <summary>Goes on for at most so many packets per unit of time.</summary>
    /// <param name="packets">Packets per unit.</param>
    /// <param name="per">The unit: a second, minute, hour, day or week.</param>
    /// <param name="burst">Packets beyond the rate at first.</param>
    /// <param name="over">Goes on for those above the rate instead.</param>
    public static NftStatement Limit(ulong packets, TimeSpan per, uint burst = 5, bool over = false) => new LimitStatement(packets, per, burst, over);

    /// <summary>Answers with an ICMP error of the packet's own family, then drops (inet).</summary>
    public static NftStatement Reject(NftReject reason = NftReject.PortUnreachable) => new RejectStatement(reason);

    /// <summary>Answers with a TCP reset, then drops.</summary>
    public static NftStatement RejectWithTcpReset() => new RejectStatement(null);

    /// <summary>Source NAT to the address of the interface it leaves by.</summary>
    public static NftStatement Masquerade(NftNatFlags flags = NftNatFlags.None) => new MasqueradeStatement(flags);

    /// <summary>Source NAT to an address.</summary>
    public static NftStatement SourceNat(IPAddress address, NftNatFlags flags = NftNatFlags.None) => new NatStatement(false, address, null, flags);

    /// <summary>Destination NAT to an address, and perhaps another port.</summary>
    public static NftStatement DestinationNat(IPAddress address, ushort? port = null) => new NatStatement(true, address, port, NftNatFlags.None);

    /// <summary>Destination NAT to the address, or the address and port, that a data map holds for the selector.</summary>
    /// <param name="family">Ip or Ip6: of the addresses in the map.</param>
    /// <param name="key">What is looked up.</param>
    /// <param name="map">A data map to an address, or to a concatenation of address and port.</param>
    /// <param name="withPort">Whether the map's data holds a port behind the address.</param>
    public static NftStatement DestinationNatFrom(NftFamily family, NftSelector key, string map, bool withPort) =>
        new NatFromMapStatement(true, family, key, map, withPort);

    /// <summary>Source NAT to the address that a data map holds for the selector.</summary>
    public static NftStatement SourceNatFrom(NftFamily family, NftSelector key, string map) =>
        new NatFromMapStatement(false, family, key, map, withPort: false);

    /// <summary>Destination NAT to this machine itself, and perhaps another port.</summary>
    public static NftStatement Redirect(ushort? port = null) => new RedirectStatement(port);

    /// <summary>meta mark set.</summary>
    public static NftStatement SetMark(uint mark) => new SetStatement("meta mark", connection: false, 3, NftValue.Mark(mark), NftDataType.Mark);

    /// <summary>meta priority set.</summary>
    public static NftStatement SetPriority(uint priority) => new SetStatement("meta priority", connection: false, 2, NftValue.Mark(priority), NftDataType.ClassId);

    /// <summary>meta priority set to what a selector holds, such as a data map's value.</summary>
    public static NftStatement SetPriority(NftSelector from) => new SetFromStatement("meta priority", connection: false, 2, from);

    /// <summary>ct mark set.</summary>
    public static NftStatement SetConnectionMark(uint mark) => new SetStatement("ct mark", connection: true, 3, NftValue.Mark(mark), NftDataType.Mark);

    /// <summary>ct mark set to what a selector holds, such as <see cref="Match.Mark"/> or a data map's value.</summary>
    public static NftStatement SetConnectionMark(NftSelector from) => new SetFromStatement("ct mark", connection: true, 3, from);

    /// <summary>meta mark set to what a selector holds.</summary>
    public static NftStatement SetMark(NftSelector from) => new SetFromStatement("meta mark", connection: false, 3, from);

    /// <summary>ct zone set; only in chains before connection tracking.</summary>
    public static NftStatement SetConnectionZone(ushort zone) =>
        new SetStatement("ct zone", connection: true, 17, NftValue.Raw(BitConverter.GetBytes(zone)), null);

    /// <summary>Adds what the selector holds to a dynamic set; present elements keep their time.</summary>
    public static NftStatement AddToSet(string set, NftSelector key, TimeSpan timeout = default) => new DynamicSetStatement(0, set, key, timeout);

    /// <summary>Adds what the selector holds to a dynamic set, or renews its time.</summary>
    public static NftStatement UpdateSet(string set, NftSelector key, TimeSpan timeout = default) => new DynamicSetStatement(1, set, key, timeout);
}
