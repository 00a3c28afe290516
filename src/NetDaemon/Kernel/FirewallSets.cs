using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Nftables;
using Weft.NetDaemon.Attachments;

namespace Weft.NetDaemon.Kernel;

/// <summary>The sets of both tables, and how what Weft knows becomes their elements.</summary>
internal static class FirewallSets
{
    /// <summary>Interface names of all networks' bridges.</summary>
    public static readonly NftSet Bridges = new("bridges", NftDataType.InterfaceName);

    /// <summary>iifname . oifname: between which bridges containers may talk.</summary>
    public static readonly NftSet Paths = new("paths", NftType.Of(NftDataType.InterfaceName, NftDataType.InterfaceName));

    private static readonly NftSet Pools4 = Intervals("pools4", NftDataType.Ipv4Address);
    private static readonly NftSet Pools6 = Intervals("pools6", NftDataType.Ipv6Address);
    private static readonly NftSet Masqueraded4 = Intervals("masqueraded4", NftDataType.Ipv4Address);
    private static readonly NftSet Masqueraded6 = Intervals("masqueraded6", NftDataType.Ipv6Address);
    private static readonly NftSet Blocks4 = Intervals("blocks4", NftDataType.Ipv4Address);
    private static readonly NftSet Blocks6 = Intervals("blocks6", NftDataType.Ipv6Address);
    private static readonly NftSet Moved4 = new("moved4", NftDataType.Ipv4Address);
    private static readonly NftSet Moved6 = new("moved6", NftDataType.Ipv6Address);
    private static readonly NftSet Endpoints4 = new("endpoints4", NftDataType.Ipv4Address);
    private static readonly NftSet Endpoints6 = new("endpoints6", NftDataType.Ipv6Address);
    private static readonly NftSet Ports4 = PortSet("ports4", NftDataType.Ipv4Address);
    private static readonly NftSet Ports6 = PortSet("ports6", NftDataType.Ipv6Address);

    /// <summary>All pools of all networks.</summary>
    public static NftSet Pools(AddressFamily family) => Choose(family, Pools4, Pools6);

    /// <summary>Pools whose traffic to the outside takes the node's address.</summary>
    public static NftSet Masqueraded(AddressFamily family) => Choose(family, Masqueraded4, Masqueraded6);

    /// <summary>This node's blocks.</summary>
    public static NftSet Blocks(AddressFamily family) => Choose(family, Blocks4, Blocks6);

    /// <summary>Addresses of this node's blocks that live on other nodes.</summary>
    public static NftSet Moved(AddressFamily family) => Choose(family, Moved4, Moved6);

    /// <summary>Addresses of this node's attachments.</summary>
    public static NftSet Endpoints(AddressFamily family) => Choose(family, Endpoints4, Endpoints6);

    /// <summary>In bridge weft: port, MAC and address of every attachment.</summary>
    public static NftSet Ports(AddressFamily family) => Choose(family, Ports4, Ports6);

    public static NftElement Range(Cidr range) => NftElement.Prefix(new IPNetwork(range.First, range.PrefixLength));

    public static NftValue Path(string from, string to) => NftValue.Concat(NftValue.Interface(from), NftValue.Interface(to));

    public static NftValue Port(AttachmentRecord attachment, IPAddress address) => NftValue.Concat(
        NftValue.Interface(attachment.HostInterface), NftValue.Mac(attachment.ContainerMac.Span), NftValue.Address(address));

    private static NftSet Choose(AddressFamily family, NftSet four, NftSet six) => family == AddressFamily.InterNetwork ? four : six;

    private static NftSet Intervals(string name, NftDataType type) => new(name, type) { Flags = NftSetFlags.Interval };

    private static NftSet PortSet(string name, NftDataType address) =>
        new(name, NftType.Of(NftDataType.InterfaceName, NftDataType.EthernetAddress, address));
}
