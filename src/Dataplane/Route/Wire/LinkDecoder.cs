using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;

namespace Weft.Dataplane.Route.Wire;

/// <summary>Reads RTM_NEWLINK and RTM_DELLINK.</summary>
internal static class LinkDecoder
{
    private const int HeaderSize = 16;       // struct ifinfomsg
    private const ushort AddressGenerationAttribute = 8;      // IFLA_INET6_ADDR_GEN_MODE
    private const byte BridgeFamily = 7;                      // AF_BRIDGE
    private const ushort ProtocolInfoAttribute = 12;          // IFLA_PROTINFO: of a bridge's port, its IFLA_BRPORT_* attributes

    /// <summary>
    /// The link, or null for another message. A bridge says about its ports in messages of family AF_BRIDGE; DELLINK there means that
    /// the port left the bridge. They are no links, so null too.
    /// </summary>
    public static LinkInfo? Decode(in NetlinkMessage message)
    {
        if (message.Type is not (RouteMessageType.NewLink or RouteMessageType.DeleteLink))
        {
            return null;
        }
        InterfaceHeader header = message.Header<InterfaceHeader>();
        if (header.Family != 0)
        {
            return null;
        }
        var link = new LinkInfo { Index = header.Index, Flags = (LinkFlags)header.Flags };
        AttributeReader attributes = message.Attributes(HeaderSize);
        while (attributes.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case LinkAttribute.Name:
                    link.Name = attribute.String;
                    break;
                case LinkAttribute.Address:
                    link.Mac = WireAddress.ReadMac(attribute);
                    break;
                case LinkAttribute.Mtu:
                    link.Mtu = attribute.Int32;
                    break;
                case LinkAttribute.Link:
                    link.PeerIndex = attribute.Int32;
                    break;
                case LinkAttribute.LinkNamespaceId:
                    link.PeerNamespaceId = attribute.Int32;
                    break;
                case LinkAttribute.Master:
                    link.MasterIndex = attribute.Int32;
                    break;
                case LinkAttribute.TxQueueLength:
                    link.TxQueueLength = attribute.UInt32;
                    break;
                case LinkAttribute.OperState:
                    link.OperationalState = (OperationalState)attribute.Byte;
                    break;
                case LinkAttribute.Carrier:
                    link.HasCarrier = attribute.Byte != 0;
                    break;
                case LinkAttribute.Alias:
                    link.Alias = attribute.String;
                    break;
                case LinkAttribute.Group:
                    link.Group = attribute.UInt32;
                    break;
                case LinkAttribute.Promiscuity:
                    link.Promiscuity = attribute.UInt32;
                    break;
                case LinkAttribute.FamilySpecific:
                    link.AddressGeneration = ReadAddressGeneration(attribute.Nested);
                    break;
                case LinkAttribute.LinkInfo:
                    ReadLinkInfo(attribute.Nested, link);
                    break;
            }
        }
        return link;
    }

    /// <summary>What a bridge says about one of its ports that is new or changed, or null for another message.</summary>
    public static RouteEvent.BridgePortChanged? DecodePort(in NetlinkMessage message)
    {
        InterfaceHeader header = message.Header<InterfaceHeader>();
        if (message.Type != RouteMessageType.NewLink || header.Family != BridgeFamily)
        {
            return null;
        }
        string name = "";
        BridgePortFlags? flags = null;
        AttributeReader attributes = message.Attributes(HeaderSize);
        while (attributes.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case LinkAttribute.Name:
                    name = attribute.String;
                    break;
                case ProtocolInfoAttribute:
                    flags = ReadBridgePort(attribute.Nested);
                    break;
            }
        }
        return flags is null ? null : new RouteEvent.BridgePortChanged(header.Index, name, flags, message.PortId);
    }

    private static void ReadLinkInfo(AttributeReader info, LinkInfo link)
    {
        bool port = false;
        while (info.TryRead(out NetlinkAttribute attribute))
        {
            // The kernel writes the kind before the data that it explains.
            switch (attribute.Type)
            {
                case LinkInfoAttribute.Kind:
                    link.Kind = KindName(attribute.Value);
                    break;
                case LinkInfoAttribute.Data when link.Kind == "bridge":
                    link.Bridge = ReadBridge(attribute.Nested);
                    break;
                case LinkInfoAttribute.Data when link.Kind == "vxlan":
                    link.Vxlan = ReadVxlan(attribute.Nested);
                    break;
                case LinkInfoAttribute.Data when link.Kind == "macvlan":
                    link.Macvlan = ReadMacvlan(attribute.Nested);
                    break;
                case LinkInfoAttribute.SlaveKind:
                    port = KindName(attribute.Value) == "bridge";
                    break;
                case LinkInfoAttribute.SlaveData when port:
                    link.BridgePort = ReadBridgePort(attribute.Nested);
                    break;
            }
        }
    }

    /// <summary>One string for all links of a kind that we know.</summary>
    private static string KindName(ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> name = value.TrimEnd((byte)0);
        return name.SequenceEqual("veth"u8) ? "veth"
            : name.SequenceEqual("bridge"u8) ? "bridge"
            : name.SequenceEqual("vxlan"u8) ? "vxlan"
            : name.SequenceEqual("dummy"u8) ? "dummy"
            : name.SequenceEqual("macvlan"u8) ? "macvlan"
            : System.Text.Encoding.UTF8.GetString(name);
    }

    private static BridgeInfo ReadBridge(AttributeReader data)
    {
        var bridge = new BridgeInfo();
        while (data.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case BridgeAttribute.AgeingTime:
                    bridge.AgeingTime = TimeSpan.FromTicks(attribute.UInt32 * (TimeSpan.TicksPerSecond / 100));
                    break;
                case BridgeAttribute.StpState:
                    bridge.SpanningTree = attribute.UInt32 != 0;
                    break;
                case BridgeAttribute.VlanFiltering:
                    bridge.VlanFiltering = attribute.Byte != 0;
                    break;
                case BridgeAttribute.MulticastSnooping:
                    bridge.MulticastSnooping = attribute.Byte != 0;
                    break;
            }
        }
        return bridge;
    }

    private static VxlanInfo ReadVxlan(AttributeReader data)
    {
        var vxlan = new VxlanInfo();
        while (data.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case VxlanAttribute.Id:
                    vxlan.Vni = attribute.UInt32;
                    break;
                case VxlanAttribute.Port:
                    vxlan.Port = attribute.UInt16BigEndian;
                    break;
                case VxlanAttribute.Local or VxlanAttribute.Local6:
                    vxlan.Local = WireAddress.ReadAddress(attribute);
                    break;
                case VxlanAttribute.Link:
                    vxlan.LowerIndex = attribute.Int32;
                    break;
                case VxlanAttribute.Learning:
                    vxlan.Learning = attribute.Byte != 0;
                    break;
                case VxlanAttribute.Ttl:
                    vxlan.Ttl = attribute.Byte;
                    break;
                case VxlanAttribute.TypeOfService:
                    vxlan.InheritTypeOfService = attribute.Byte == 1;
                    break;
                case VxlanAttribute.DontFragment:
                    vxlan.DontFragment = attribute.Byte == 1;
                    break;
                case VxlanAttribute.UdpChecksum:
                    vxlan.UdpChecksum = attribute.Byte != 0;
                    break;
            }
        }
        return vxlan;
    }

    private static MacvlanMode? ReadMacvlan(AttributeReader data)
    {
        MacvlanMode? mode = null;
        while (data.TryRead(out NetlinkAttribute attribute))
        {
            if (attribute.Type == MacvlanAttribute.Mode)
            {
                mode = (MacvlanMode)attribute.UInt32;
            }
        }
        return mode;
    }

    private static BridgePortFlags ReadBridgePort(AttributeReader data)
    {
        (bool? isolated, bool? learning, bool? locked, bool? hairpin, bool? suppression) = (null, null, null, null, null);
        (bool? unicast, bool? multicast, bool? broadcast) = (null, null, null);
        while (data.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case BridgePortAttribute.Isolated:
                    isolated = attribute.Byte != 0;
                    break;
                case BridgePortAttribute.Learning:
                    learning = attribute.Byte != 0;
                    break;
                case BridgePortAttribute.Locked:
                    locked = attribute.Byte != 0;
                    break;
                case BridgePortAttribute.UnicastFlood:
                    unicast = attribute.Byte != 0;
                    break;
                case BridgePortAttribute.MulticastFlood:
                    multicast = attribute.Byte != 0;
                    break;
                case BridgePortAttribute.BroadcastFlood:
                    broadcast = attribute.Byte != 0;
                    break;
                case BridgePortAttribute.Hairpin:
                    hairpin = attribute.Byte != 0;
                    break;
                case BridgePortAttribute.NeighbourSuppression:
                    suppression = attribute.Byte != 0;
                    break;
            }
        }
        return new BridgePortFlags
        {
            Isolated = isolated,
            Learning = learning,
            Locked = locked,
            UnicastFlood = unicast,
            MulticastFlood = multicast,
            BroadcastFlood = broadcast,
            Hairpin = hairpin,
            NeighbourSuppression = suppression,
        };
    }

    private static AddressGenerationMode? ReadAddressGeneration(AttributeReader families)
    {
        while (families.TryRead(out NetlinkAttribute family))
        {
            if (family.Type != WireAddress.Inet6)
            {
                continue;
            }
            AttributeReader inet6 = family.Nested;
            while (inet6.TryRead(out NetlinkAttribute attribute))
            {
                if (attribute.Type == AddressGenerationAttribute)
                {
                    return (AddressGenerationMode)attribute.Byte;
                }
            }
        }
        return null;
    }
}
