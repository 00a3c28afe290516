using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route.Wire;

namespace Weft.Dataplane.Route;

/// <content>New links.</content>
public sealed partial class RouteBatch
{
    /// <summary>Creates a veth pair, the peer already in its namespace. Fails with EEXIST when either name is taken.</summary>
    public RouteBatch CreateVeth(VethSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        bool up = spec.Up && spec.AddressGeneration is null;
        NetlinkWriter writer = BeginCreate(spec.Index, up);
        WriteNewLink(ref writer, spec.Name, spec.Mac, spec.Mtu, spec.Group);
        if (spec.MasterIndex != 0)
        {
            writer.WriteInt32(LinkAttribute.Master, spec.MasterIndex);
        }
        NestedAttribute info = writer.BeginNested(LinkAttribute.LinkInfo);
        writer.WriteString(LinkInfoAttribute.Kind, "veth");
        NestedAttribute data = writer.BeginNested(LinkInfoAttribute.Data);
        NestedAttribute peer = writer.BeginNested(VethAttribute.Peer);
        // The peer cannot be created up: ENOTCONN, its driver opens it before the two are joined.
        writer.WriteHeader(new InterfaceHeader { Index = spec.PeerIndex });
        writer.WriteString(LinkAttribute.Name, spec.PeerName);
        if (spec.PeerMac is { } mac)
        {
            WireAddress.Write(ref writer, LinkAttribute.Address, mac);
        }
        int peerMtu = spec.PeerMtu == 0 ? spec.Mtu : spec.PeerMtu;
        if (peerMtu != 0)
        {
            writer.WriteInt32(LinkAttribute.Mtu, peerMtu);
        }
        if (spec.PeerNamespace is { } space)
        {
            _held.Add(space);
            writer.WriteInt32(LinkAttribute.NamespaceFd, space.DescriptorNumber);
        }
        writer.EndNested(peer);
        writer.EndNested(data);
        writer.EndNested(info);
        string master = spec.MasterIndex == 0 ? "" : $" master if{spec.MasterIndex}";
        string netns = spec.PeerNamespace is { } target ? $" netns {target.Path}" : "";
        Messages.End(
            ref writer,
            $"ip link add {spec.Name}{Common(spec.Mac, spec.Mtu, spec.Index)}{master}{If(up, " up")} type veth peer name "
                + $"{spec.PeerName}{Common(spec.PeerMac, peerMtu, spec.PeerIndex)}{netns}");
        return FinishCreate(spec.Index == 0 ? spec.Name : spec.Index, spec.Alias, spec.AddressGeneration, spec.Up);
    }

    /// <summary>Creates a bridge. Fails with EEXIST when the name is taken.</summary>
    public RouteBatch CreateBridge(BridgeSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        bool up = spec.Up && spec.AddressGeneration is null;
        NetlinkWriter writer = BeginCreate(spec.Index, up);
        WriteNewLink(ref writer, spec.Name, spec.Mac, spec.Mtu, spec.Group);
        NestedAttribute info = writer.BeginNested(LinkAttribute.LinkInfo);
        writer.WriteString(LinkInfoAttribute.Kind, "bridge");
        NestedAttribute data = writer.BeginNested(LinkInfoAttribute.Data);
        if (spec.AgeingTime is { } ageing)
        {
            writer.WriteUInt32(BridgeAttribute.AgeingTime, checked((uint)(ageing.Ticks / (TimeSpan.TicksPerSecond / 100))));
        }
        writer.WriteUInt32(BridgeAttribute.StpState, spec.SpanningTree ? 1u : 0u);
        if (spec.VlanFiltering)
        {
            // Kernels built without it refuse even a 0 (EOPNOTSUPP); a new bridge has it off.
            writer.WriteByte(BridgeAttribute.VlanFiltering, 1);
        }
        writer.WriteByte(BridgeAttribute.MulticastSnooping, spec.MulticastSnooping ? (byte)1 : (byte)0);
        writer.EndNested(data);
        writer.EndNested(info);
        string age = spec.AgeingTime is { } time ? $" ageing_time {time.Ticks / (TimeSpan.TicksPerSecond / 100)}" : "";
        Messages.End(
            ref writer,
            $"ip link add {spec.Name}{Common(spec.Mac, spec.Mtu, spec.Index)}{If(up, " up")} type bridge{age}"
                + (spec.SpanningTree ? " stp_state 1" : " stp_state 0")
                + If(spec.VlanFiltering, " vlan_filtering 1")
                + (spec.MulticastSnooping ? " mcast_snooping 1" : " mcast_snooping 0"));
        return FinishCreate(spec.Index == 0 ? spec.Name : spec.Index, spec.Alias, spec.AddressGeneration, spec.Up);
    }

    /// <summary>Creates a VXLAN device. Fails with EEXIST when the name, or the VNI with that port, is taken.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The VNI needs more than 24 bits.</exception>
    public RouteBatch CreateVxlan(VxlanSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(spec.Vni, 0xff_ffffu, nameof(spec));
        bool up = spec.Up && spec.AddressGeneration is null;
        NetlinkWriter writer = BeginCreate(spec.Index, up);
        WriteNewLink(ref writer, spec.Name, spec.Mac, spec.Mtu, spec.Group);
        NestedAttribute info = writer.BeginNested(LinkAttribute.LinkInfo);
        writer.WriteString(LinkInfoAttribute.Kind, "vxlan");
        NestedAttribute data = writer.BeginNested(LinkInfoAttribute.Data);
        writer.WriteUInt32(VxlanAttribute.Id, spec.Vni);
        writer.WriteUInt16BigEndian(VxlanAttribute.Port, spec.Port);     // network order, unlike its neighbours here
        if (spec.Local is { } local)
        {
            bool six = WireAddress.FamilyOf(local) == WireAddress.Inet6;
            WireAddress.Write(ref writer, six ? VxlanAttribute.Local6 : VxlanAttribute.Local, local);
        }
        if (spec.LowerIndex != 0)
        {
            writer.WriteInt32(VxlanAttribute.Link, spec.LowerIndex);
        }
        if (spec.Ttl != 0)
        {
            writer.WriteByte(VxlanAttribute.Ttl, spec.Ttl);
        }
        if (spec.InheritTypeOfService)
        {
            writer.WriteByte(VxlanAttribute.TypeOfService, 1);
        }
        if (spec.DontFragment)
        {
            writer.WriteByte(VxlanAttribute.DontFragment, 1);
        }
        writer.WriteByte(VxlanAttribute.Learning, spec.Learning ? (byte)1 : (byte)0);
        writer.WriteByte(VxlanAttribute.UdpChecksum, spec.UdpChecksum ? (byte)1 : (byte)0);
        writer.WriteByte(VxlanAttribute.ZeroChecksum6Transmit, spec.UdpChecksum ? (byte)0 : (byte)1);
        writer.EndNested(data);
        writer.EndNested(info);
        Messages.End(
            ref writer,
            $"ip link add {spec.Name}{Common(spec.Mac, spec.Mtu, spec.Index)}{If(up, " up")} type vxlan id {spec.Vni} dstport {spec.Port}"
                + (spec.Local is { } from ? $" local {from}" : "") + Dev(spec.LowerIndex)
                + (spec.Ttl == 0 ? "" : $" ttl {spec.Ttl}") + If(spec.InheritTypeOfService, " tos inherit") + If(spec.DontFragment, " df set")
                + (spec.Learning ? " learning" : " nolearning")
                + (spec.UdpChecksum ? " udpcsum" : " noudpcsum udp6zerocsumtx"));
        return FinishCreate(spec.Index == 0 ? spec.Name : spec.Index, spec.Alias, spec.AddressGeneration, spec.Up);
    }

    /// <summary>Creates a dummy device.</summary>
    public RouteBatch CreateDummy(DummySpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        NetlinkWriter writer = BeginCreate(0, spec.Up);
        WriteNewLink(ref writer, spec.Name, spec.Mac, spec.Mtu, 0);
        NestedAttribute info = writer.BeginNested(LinkAttribute.LinkInfo);
        writer.WriteString(LinkInfoAttribute.Kind, "dummy");
        writer.EndNested(info);
        Messages.End(ref writer, $"ip link add {spec.Name}{Common(spec.Mac, spec.Mtu, 0)}{If(spec.Up, " up")} type dummy");
        return FinishCreate(spec.Name, spec.Alias, null, spec.Up);
    }

    private NetlinkWriter BeginCreate(int index, bool up)
    {
        uint flag = up ? (uint)LinkFlags.Up : 0;
        NetlinkWriter writer = Messages.Begin(RouteMessageType.NewLink, AddFlags);
        writer.WriteHeader(new InterfaceHeader { Index = index, Flags = flag, Change = flag });
        return writer;
    }

    private static void WriteNewLink(ref NetlinkWriter writer, string name, MacAddress? mac, int mtu, uint group)
    {
        writer.WriteString(LinkAttribute.Name, name);
        if (mac is { } address)
        {
            WireAddress.Write(ref writer, LinkAttribute.Address, address);
        }
        if (mtu != 0)
        {
            writer.WriteInt32(LinkAttribute.Mtu, mtu);
        }
        if (group != 0)
        {
            writer.WriteUInt32(LinkAttribute.Group, group);
        }
    }

    /// <summary>
    /// New links take no alias (it is ignored) and no IPv6 settings (EAFNOSUPPORT from Linux 6.4 on), and a link that is up already has its
    /// link-local address: so a further message sets the alias, and the mode before the link comes up.
    /// </summary>
    private RouteBatch FinishCreate(LinkReference link, string? alias, AddressGenerationMode? mode, bool up) =>
        alias is null && mode is null
            ? this
            : SetLink(link, new LinkChange { Alias = alias, AddressGeneration = mode, Up = up && mode is not null ? true : null });

    private static string Common(MacAddress? mac, int mtu, int index) =>
        (index == 0 ? "" : $" index {index}") + (mac is { } address ? $" address {address}" : "") + (mtu == 0 ? "" : $" mtu {mtu}");
}
