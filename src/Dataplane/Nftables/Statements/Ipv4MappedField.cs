using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary>An IPv4 address as IPv6 writes it, ::ffff:192.0.2.1 (RFC 4291 section 2.5.5.2): a constant, and the field behind it.</summary>
internal sealed record Ipv4MappedField(NftField Inner) : NftField($"::ffff:({Inner.Name})", NftDataType.Ipv6Address)
{
    public override string? ReferencedSet => Inner.ReferencedSet;

    public override void Require(ref NetlinkWriter writer, RuleContext context) => Inner.Require(ref writer, context);

    public override void Load(ref NetlinkWriter writer, RuleContext context, int slot)
    {
        ReadOnlySpan<byte> prefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
        Expressions.Immediate(ref writer, slot, prefix);
        Inner.Load(ref writer, context, slot + (prefix.Length / 4));
    }
}
