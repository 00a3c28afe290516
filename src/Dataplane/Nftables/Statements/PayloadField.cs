using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary>Bytes of the packet.</summary>
internal sealed record PayloadField(string Name, NftDataType Type, uint Header, uint Offset) : NftField(Name, Type)
{
    /// <summary>EtherType of the network protocol that the field belongs to, or 0.</summary>
    public ushort Network { get; init; }

    /// <summary>Transport protocol that the field belongs to, or 0.</summary>
    public byte Transport { get; init; }

    /// <summary>EtherType that the frame must have, or 0.</summary>
    public ushort EtherType { get; init; }

    public override void Require(ref NetlinkWriter writer, RuleContext context)
    {
        if (EtherType != 0)
        {
            context.RequireEtherType(ref writer, EtherType);
        }
        else if (Header == 0)
        {
            context.RequireEthernet(ref writer);
        }
        if (Network != 0)
        {
            context.RequireNetwork(ref writer, Network);
        }
        if (Transport != 0)
        {
            context.RequireTransport(ref writer, Transport);
        }
    }

    public override void Load(ref NetlinkWriter writer, RuleContext context, int slot) =>
        Expressions.Payload(ref writer, slot, Header, Offset, (uint)Type.Length);

    public override void Learn(RuleContext context, NftValue value)
    {
        if (this is { Header: 0, Offset: 12 })
        {
            context.KnowEtherType((ushort)((value.Bytes[0] << 8) | value.Bytes[1]));
        }
    }
}
