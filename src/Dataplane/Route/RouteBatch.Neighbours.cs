using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route.Wire;

namespace Weft.Dataplane.Route;

/// <content>Neighbours and forwarding entries.</content>
public sealed partial class RouteBatch
{
    /// <summary>Adds a neighbour. Fails with EEXIST when there is an entry.</summary>
    public RouteBatch AddNeighbour(NeighbourSpec spec) => Neighbour(RouteMessageType.NewNeighbour, AddFlags, "add", spec);

    /// <summary>Adds a neighbour or replaces its entry.</summary>
    public RouteBatch ReplaceNeighbour(NeighbourSpec spec) => Neighbour(RouteMessageType.NewNeighbour, ReplaceFlags, "replace", spec);

    /// <summary>Deletes a neighbour. Fails with ENOENT when there is none.</summary>
    public RouteBatch DeleteNeighbour(NeighbourSpec spec) =>
        Neighbour(RouteMessageType.DeleteNeighbour, NetlinkMessageFlags.None, "del", spec);

    /// <summary>Adds a forwarding entry. Fails with EEXIST when there is one.</summary>
    public RouteBatch AddFdb(FdbSpec spec) => Fdb(RouteMessageType.NewNeighbour, AddFlags, "add", spec);

    /// <summary>Adds a forwarding entry or replaces it.</summary>
    public RouteBatch ReplaceFdb(FdbSpec spec) => Fdb(RouteMessageType.NewNeighbour, ReplaceFlags, "replace", spec);

    /// <summary>Deletes a forwarding entry. Fails with ENOENT when there is none.</summary>
    public RouteBatch DeleteFdb(FdbSpec spec) => Fdb(RouteMessageType.DeleteNeighbour, NetlinkMessageFlags.None, "del", spec);

    private RouteBatch Neighbour(ushort type, NetlinkMessageFlags flags, string verb, NeighbourSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        NetlinkWriter writer = Messages.Begin(type, flags);
        writer.WriteHeader(new NeighbourHeader
        {
            Family = WireAddress.FamilyOf(spec.Address),
            Index = spec.LinkIndex,
            State = (ushort)spec.State,
            Flags = spec.Proxy ? (byte)NeighbourFlags.Proxy : (byte)0,
        });
        WireAddress.Write(ref writer, NeighbourAttribute.Destination, spec.Address);
        if (spec.Mac is { } mac)
        {
            WireAddress.Write(ref writer, NeighbourAttribute.LinkAddress, mac);
        }
        if (spec.Protocol != 0 && type == RouteMessageType.NewNeighbour)
        {
            writer.WriteByte(NeighbourAttribute.Protocol, spec.Protocol);
        }
        Messages.End(
            ref writer,
            $"ip neighbour {verb} {If(spec.Proxy, "proxy ")}{spec.Address}" + (spec.Mac is { } lladdr ? $" lladdr {lladdr}" : "")
                + Dev(spec.LinkIndex) + (spec.Proxy ? "" : $" nud {LinkText.Of(spec.State)}") + Proto(spec.Protocol));
        return this;
    }

    private RouteBatch Fdb(ushort type, NetlinkMessageFlags flags, string verb, FdbSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        NeighbourFlags table = spec.Flags != NeighbourFlags.None ? spec.Flags
            : spec.Remote is null ? NeighbourFlags.Master : NeighbourFlags.Self;
        NeighbourState state = spec.State != NeighbourState.None ? spec.State
            : table.HasFlag(NeighbourFlags.Master) ? NeighbourState.NoArp : NeighbourState.Permanent;
        NetlinkWriter writer = Messages.Begin(type, flags);
        writer.WriteHeader(new NeighbourHeader
        {
            Family = WireAddress.Bridge,
            Index = spec.LinkIndex,
            State = (ushort)state,
            Flags = (byte)table,
        });
        WireAddress.Write(ref writer, NeighbourAttribute.LinkAddress, spec.Mac);
        if (spec.Remote is { } remote)
        {
            WireAddress.Write(ref writer, NeighbourAttribute.Destination, remote);
        }
        if (spec.Vlan != 0)
        {
            writer.WriteUInt16(NeighbourAttribute.Vlan, spec.Vlan);
        }
        Messages.End(
            ref writer,
            $"bridge fdb {verb} {spec.Mac}{Dev(spec.LinkIndex)}" + (spec.Remote is { } dst ? $" dst {dst}" : "")
                + (spec.Vlan == 0 ? "" : $" vlan {spec.Vlan}")
                + If(table.HasFlag(NeighbourFlags.Self), " self") + If(table.HasFlag(NeighbourFlags.Master), " master")
                + (state == NeighbourState.NoArp ? " static" : state == NeighbourState.Permanent ? " permanent" : " dynamic"));
        return this;
    }
}
