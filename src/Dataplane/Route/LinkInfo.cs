namespace Weft.Dataplane.Route;

/// <summary>A link as the kernel describes it.</summary>
public sealed record LinkInfo
{
    /// <summary>Its interface index.</summary>
    public int Index { get; internal set; }

    /// <summary>Its name.</summary>
    public string Name { get; internal set; } = "";

    /// <summary>Its driver's kind: "veth", "bridge", "vxlan", "macvlan", "dummy"; null for hardware and loopback.</summary>
    public string? Kind { get; internal set; }

    /// <summary>Index of the bridge (or other master) that it is a port of; 0: none.</summary>
    public int MasterIndex { get; internal set; }

    /// <summary>Its Ethernet address; null when it has none.</summary>
    public MacAddress? Mac { get; internal set; }

    /// <summary>Bytes.</summary>
    public int Mtu { get; internal set; }

    /// <summary>IFF_* flags; also ones without a name here.</summary>
    public LinkFlags Flags { get; internal set; }

    /// <summary>Whether an administrator set it up.</summary>
    public bool IsUp => (Flags & LinkFlags.Up) != 0;

    /// <summary>Whether the carrier is there.</summary>
    public bool HasCarrier { get; internal set; }

    /// <summary>Its operational state.</summary>
    public OperationalState OperationalState { get; internal set; }

    /// <summary>Its alias, or null.</summary>
    public string? Alias { get; internal set; }

    /// <summary>Link group; 0 is the default group.</summary>
    public uint Group { get; internal set; }

    /// <summary>
    /// IFLA_LINK: index of a veth's peer, in the peer's namespace, or of the device below a vxlan or macvlan; 0: none. Not said when it is the link
    /// itself.
    /// </summary>
    public int PeerIndex { get; internal set; }

    /// <summary>The number that this namespace has for the peer's namespace (IFLA_LINK_NETNSID); null: the peer is in this one.</summary>
    public int? PeerNamespaceId { get; internal set; }

    /// <summary>Packets that may wait for transmission.</summary>
    public uint TxQueueLength { get; internal set; }

    /// <summary>How many want every frame; 0: not promiscuous.</summary>
    public uint Promiscuity { get; internal set; }

    /// <summary>Its way to an IPv6 link-local address; null: it does not do IPv6.</summary>
    public AddressGenerationMode? AddressGeneration { get; internal set; }

    /// <summary>Its flags as a bridge port; null when it is none.</summary>
    public BridgePortFlags? BridgePort { get; internal set; }

    /// <summary>What it is as a bridge; null when it is none.</summary>
    public BridgeInfo? Bridge { get; internal set; }

    /// <summary>What it is as a VXLAN device; null when it is none.</summary>
    public VxlanInfo? Vxlan { get; internal set; }

    /// <summary>What it receives as a macvlan device; null when it is none.</summary>
    public MacvlanMode? Macvlan { get; internal set; }
}
