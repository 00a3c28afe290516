using System.Net;
using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route.Wire;

namespace Weft.Dataplane.Route;

/// <content>Changes to links, and their end.</content>
public sealed partial class RouteBatch
{
    private const uint SkipStatistics = 8;       // RTEXT_FILTER_SKIP_STATS

    /// <summary>Changes what <paramref name="change"/> names, of a link by index or name. Fails with ENODEV when there is none.</summary>
    /// <exception cref="ArgumentException">A new name for a link that is meant by name.</exception>
    public RouteBatch SetLink(LinkReference link, LinkChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        if (change.NewName is not null && link.Name is not null)
        {
            throw new ArgumentException($"{link} must be named by index to be renamed to {change.NewName}", nameof(link));
        }
        if (change is { Up: true, AddressGeneration: { } before })
        {
            // In one message the link would come up, with an address of the old mode, before the mode changes.
            SetLink(link, new LinkChange { AddressGeneration = before });
            change = change with { AddressGeneration = null };
        }
        (uint flags, uint mask) = (0, 0);
        if (change.Up is { } up)
        {
            mask |= (uint)LinkFlags.Up;
            flags |= up ? (uint)LinkFlags.Up : 0;
        }
        if (change.Promiscuous is { } promiscuous)
        {
            mask |= (uint)LinkFlags.Promiscuous;
            flags |= promiscuous ? (uint)LinkFlags.Promiscuous : 0;
        }
        if (change.AllMulticast is { } allMulticast)
        {
            mask |= (uint)LinkFlags.AllMulticast;
            flags |= allMulticast ? (uint)LinkFlags.AllMulticast : 0;
        }
        // RTM_SETLINK and not NEWLINK: some kernels take a NEWLINK for a name that is gone, with a group, as "change the whole group".
        NetlinkWriter writer = Messages.Begin(RouteMessageType.SetLink, NetlinkMessageFlags.None);
        writer.WriteHeader(new InterfaceHeader { Index = link.Index, Flags = flags, Change = mask });
        if ((link.Name ?? change.NewName) is { } name)
        {
            writer.WriteString(LinkAttribute.Name, name);
        }
        if (change.Mac is { } mac)
        {
            WireAddress.Write(ref writer, LinkAttribute.Address, mac);
        }
        if (change.Mtu is { } mtu)
        {
            writer.WriteInt32(LinkAttribute.Mtu, mtu);
        }
        if (change.MasterIndex is { } master)
        {
            writer.WriteInt32(LinkAttribute.Master, master);
        }
        if (change.TxQueueLength is { } length)
        {
            writer.WriteUInt32(LinkAttribute.TxQueueLength, length);
        }
        if (change.Alias is { } alias)
        {
            writer.WriteString(LinkAttribute.Alias, alias);
        }
        if (change.Group is { } group)
        {
            writer.WriteUInt32(LinkAttribute.Group, group);
        }
        if (change.AddressGeneration is { } mode)
        {
            WriteAddressGeneration(ref writer, mode);
        }
        if (change.Namespace is { } space)
        {
            _held.Add(space);
            writer.WriteInt32(LinkAttribute.NamespaceFd, space.DescriptorNumber);
        }
        Messages.End(ref writer, $"ip link set dev {link}{Describe(change)}");
        return this;
    }

    /// <summary>Gives a VXLAN device another source address, of the same family. Nothing else of it changes. Fails with EOPNOTSUPP for the other family.</summary>
    public RouteBatch SetVxlanLocal(LinkReference link, IPAddress local)
    {
        ArgumentNullException.ThrowIfNull(local);
        NetlinkWriter writer = Messages.Begin(RouteMessageType.NewLink, NetlinkMessageFlags.None);
        writer.WriteHeader(new InterfaceHeader { Index = link.Index });
        if (link.Name is { } name)
        {
            writer.WriteString(LinkAttribute.Name, name);
        }
        NestedAttribute info = writer.BeginNested(LinkAttribute.LinkInfo);
        writer.WriteString(LinkInfoAttribute.Kind, "vxlan");
        NestedAttribute data = writer.BeginNested(LinkInfoAttribute.Data);
        WireAddress.Write(ref writer, WireAddress.FamilyOf(local) == WireAddress.Inet6 ? VxlanAttribute.Local6 : VxlanAttribute.Local, local);
        writer.EndNested(data);
        writer.EndNested(info);
        Messages.End(ref writer, $"ip link set dev {link} type vxlan local {local}");
        return this;
    }

    /// <summary>
    /// Switches flags of a bridge port, by index or name; also of one that an earlier message of this batch puts into its bridge.
    /// Fails with EOPNOTSUPP when the link is no bridge port.
    /// </summary>
    /// <param name="link">The port.</param>
    /// <param name="port">What to switch.</param>
    /// <param name="up">Sets it up in the same message, after the flags are in force.</param>
    public RouteBatch SetBridgePort(LinkReference link, BridgePortFlags port, bool up = false)
    {
        ArgumentNullException.ThrowIfNull(port);
        uint flag = up ? (uint)LinkFlags.Up : 0;
        NetlinkWriter writer = Messages.Begin(RouteMessageType.NewLink, NetlinkMessageFlags.None);
        writer.WriteHeader(new InterfaceHeader { Index = link.Index, Flags = flag, Change = flag });
        if (link.Name is { } name)
        {
            writer.WriteString(LinkAttribute.Name, name);
        }
        NestedAttribute info = writer.BeginNested(LinkAttribute.LinkInfo);
        writer.WriteString(LinkInfoAttribute.SlaveKind, "bridge");
        NestedAttribute data = writer.BeginNested(LinkInfoAttribute.SlaveData);
        WriteSwitch(ref writer, BridgePortAttribute.Isolated, port.Isolated);
        WriteSwitch(ref writer, BridgePortAttribute.Learning, port.Learning);
        WriteSwitch(ref writer, BridgePortAttribute.Locked, port.Locked);
        WriteSwitch(ref writer, BridgePortAttribute.UnicastFlood, port.UnicastFlood);
        WriteSwitch(ref writer, BridgePortAttribute.MulticastFlood, port.MulticastFlood);
        WriteSwitch(ref writer, BridgePortAttribute.BroadcastFlood, port.BroadcastFlood);
        WriteSwitch(ref writer, BridgePortAttribute.Hairpin, port.Hairpin);
        WriteSwitch(ref writer, BridgePortAttribute.NeighbourSuppression, port.NeighbourSuppression);
        writer.EndNested(data);
        writer.EndNested(info);
        Messages.End(
            ref writer,
            $"ip link set dev {link}{If(up, " up")} type bridge_slave{Switch("isolated", port.Isolated)}{Switch("learning", port.Learning)}"
                + $"{Switch("locked", port.Locked)}{Switch("flood", port.UnicastFlood)}{Switch("mcast_flood", port.MulticastFlood)}"
                + $"{Switch("bcast_flood", port.BroadcastFlood)}{Switch("hairpin", port.Hairpin)}"
                + $"{Switch("neigh_suppress", port.NeighbourSuppression)}");
        return this;
    }

    /// <summary>Deletes a link; of a veth pair, both ends. Fails with ENODEV when there is none. Takes 8 to 30 ms for a veth.</summary>
    public RouteBatch DeleteLink(LinkReference link)
    {
        NetlinkWriter writer = Messages.Begin(RouteMessageType.DeleteLink, NetlinkMessageFlags.None);
        writer.WriteHeader(new InterfaceHeader { Index = link.Index });
        if (link.Name is { } name)
        {
            writer.WriteString(LinkAttribute.Name, name);
        }
        Messages.End(ref writer, $"ip link delete dev {link}");
        return this;
    }

    /// <summary>Deletes all links of a group at the cost of waiting once. Fails with ENODEV when there is none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The default group, 0: everything is in it.</exception>
    public RouteBatch DeleteGroup(uint group)
    {
        ArgumentOutOfRangeException.ThrowIfZero(group);
        NetlinkWriter writer = Messages.Begin(RouteMessageType.DeleteLink, NetlinkMessageFlags.None);
        writer.WriteHeader(default(InterfaceHeader));
        writer.WriteUInt32(LinkAttribute.Group, group);
        Messages.End(ref writer, $"ip link delete group {group}");
        return this;
    }

    /// <summary>
    /// Reads a link in the course of the batch: the answer comes out of
    /// <see cref="RouteSocket.Execute(RouteBatch, List{LinkInfo})"/>. Behind <see cref="CreateVeth"/> it tells both indexes without another exchange, on kernels that do not echo new links (before 6.2) too.
    /// </summary>
    public RouteBatch GetLink(LinkReference link)
    {
        NetlinkWriter writer = Messages.Begin(RouteMessageType.GetLink, NetlinkMessageFlags.None);
        writer.WriteHeader(new InterfaceHeader { Index = link.Index });
        if (link.Name is { } name)
        {
            writer.WriteString(LinkAttribute.Name, name);
        }
        writer.WriteUInt32(LinkAttribute.ExtendedMask, SkipStatistics);
        Messages.End(ref writer, $"ip link show dev {link}");
        return this;
    }

    private static void WriteAddressGeneration(ref NetlinkWriter writer, AddressGenerationMode mode)
    {
        const ushort modeAttribute = 8;      // IFLA_INET6_ADDR_GEN_MODE
        NestedAttribute families = writer.BeginNested(LinkAttribute.FamilySpecific);
        NestedAttribute inet6 = writer.BeginNested(WireAddress.Inet6);
        writer.WriteByte(modeAttribute, (byte)mode);
        writer.EndNested(inet6);
        writer.EndNested(families);
    }

    private static void WriteSwitch(ref NetlinkWriter writer, ushort type, bool? value)
    {
        if (value is { } on)
        {
            writer.WriteByte(type, on ? (byte)1 : (byte)0);
        }
    }

    private static string Switch(string name, bool? value) => value is { } on ? (on ? $" {name} on" : $" {name} off") : "";

    private static string Describe(LinkChange change) =>
        (change.Up is { } up ? (up ? " up" : " down") : "")
        + (change.MasterIndex is { } master ? (master == 0 ? " nomaster" : $" master if{master}") : "")
        + (change.Mac is { } mac ? $" address {mac}" : "")
        + (change.Mtu is { } mtu ? $" mtu {mtu}" : "")
        + (change.Alias is { } alias ? $" alias '{alias}'" : "")
        + (change.NewName is { } name ? $" name {name}" : "")
        + (change.Group is { } group ? $" group {group}" : "")
        + (change.AddressGeneration is { } mode ? $" addrgenmode {LinkText.Of(mode)}" : "")
        + Switch("promisc", change.Promiscuous)
        + Switch("allmulticast", change.AllMulticast)
        + (change.TxQueueLength is { } length ? $" txqueuelen {length}" : "")
        + (change.Namespace is { } space ? $" netns {space.Path}" : "");
}
