using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary>
/// What is known while a rule is written: the table's family, and what earlier expressions of the rule have established. A field that
/// means something in one protocol only is preceded by a test for it, as nft(8) does, unless the rule has made that test already.
/// </summary>
internal sealed class RuleContext(NftFamily family)
{
    private const uint MetaProtocol = 1;
    private const uint MetaInputType = 8;
    private const uint MetaFamily = 15;
    private const uint MetaLayer4 = 16;

    private ushort? _network;
    private byte? _transport;
    private ushort? _etherType;
    private bool _ethernet;

    public NftFamily Family => family;

    /// <summary>Number of the rule's next anonymous set within its batch.</summary>
    public uint NextSetId { get; set; } = 1;

    /// <summary>Records that the packet's network protocol is known, as an EtherType.</summary>
    public void KnowNetwork(ushort etherType) => _network = etherType;

    /// <summary>Records that the transport protocol is known.</summary>
    public void KnowTransport(byte protocol) => _transport = protocol;

    /// <summary>Records that the frame's type field is known.</summary>
    public void KnowEtherType(ushort etherType)
    {
        _etherType = etherType;
        if (etherType is 0x0800 or 0x86dd)
        {
            _network = etherType;
        }
    }

    /// <summary>Makes sure that the packet is IPv4 (0x0800) or IPv6 (0x86dd).</summary>
    public void RequireNetwork(ref NetlinkWriter writer, ushort etherType)
    {
        if (_network == etherType)
        {
            return;
        }
        _network = etherType;
        switch (family)
        {
            case NftFamily.Inet:
                Expressions.Meta(ref writer, 0, MetaFamily);
                Expressions.Compare(ref writer, 0, NftComparison.Equal, [(byte)(etherType == 0x0800 ? NftFamily.Ip : NftFamily.Ip6)]);
                break;
            case NftFamily.Ip when etherType == 0x0800:
            case NftFamily.Ip6 when etherType == 0x86dd:
                break;
            case NftFamily.Bridge or NftFamily.Netdev:
                Expressions.Meta(ref writer, 0, MetaProtocol);
                Expressions.Compare(ref writer, 0, NftComparison.Equal, [(byte)(etherType >> 8), (byte)etherType]);
                break;
            default:
                throw new ArgumentException($"a table of family {family} never sees packets of type 0x{etherType:x4}");
        }
    }

    /// <summary>Makes sure of the transport protocol.</summary>
    public void RequireTransport(ref NetlinkWriter writer, byte protocol)
    {
        if (_transport == protocol)
        {
            return;
        }
        _transport = protocol;
        Expressions.Meta(ref writer, 0, MetaLayer4);
        Expressions.Compare(ref writer, 0, NftComparison.Equal, [protocol]);
    }

    /// <summary>Makes sure that the packet came in an Ethernet frame.</summary>
    public void RequireEthernet(ref NetlinkWriter writer)
    {
        if (_ethernet || family is NftFamily.Bridge or NftFamily.Netdev)
        {
            return;
        }
        _ethernet = true;
        Expressions.Meta(ref writer, 0, MetaInputType);
        Expressions.Compare(ref writer, 0, NftComparison.Equal, NftValue.Raw(BitConverter.GetBytes((ushort)1)).Bytes);     // ARPHRD_ETHER
    }

    /// <summary>Makes sure of the frame's type field, such as 0x0806 for ARP.</summary>
    public void RequireEtherType(ref NetlinkWriter writer, ushort etherType)
    {
        if (_etherType == etherType || family == NftFamily.Arp)
        {
            return;
        }
        RequireEthernet(ref writer);
        _etherType = etherType;
        Expressions.Payload(ref writer, 0, 0, 12, 2);
        Expressions.Compare(ref writer, 0, NftComparison.Equal, [(byte)(etherType >> 8), (byte)etherType]);
    }
}
