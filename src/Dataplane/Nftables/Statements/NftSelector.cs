using System.Collections.Immutable;
using System.Net;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Statements;

namespace Weft.Dataplane.Nftables;

/// <summary>
/// What a rule looks at: one field of the packet or several in a row, such as <c>iifname . ether saddr . ip saddr</c>. Its methods make
/// the matches. Fields come from <see cref="Match"/>.
/// </summary>
public sealed class NftSelector
{
    internal NftSelector(params ReadOnlySpan<NftField> fields)
    {
        Fields = [.. fields];
        NftDataType[] types = [.. Fields.Select(static field => field.Type)];
        Type = NftType.Of(types);
    }

    /// <summary>Type of the values it is compared with.</summary>
    public NftType Type { get; }

    internal ImmutableArray<NftField> Fields { get; }

    /// <summary>Equal to a value.</summary>
    public NftStatement Is(NftValue value) => Compares(NftComparison.Equal, value);

    /// <summary>Equal to a number: a port, protocol, mark, index, EtherType or type, of the field's size and byte order.</summary>
    public NftStatement Is(uint value) => Is(Number(value));

    /// <summary>Equal to an interface name; a name that ends in * stands for all that begin so.</summary>
    public NftStatement Is(string name) => new InterfaceNameMatch(this, name, negated: false);

    /// <summary>Not equal to a value.</summary>
    public NftStatement IsNot(NftValue value) => Compares(NftComparison.NotEqual, value);

    /// <summary>Not equal to a number.</summary>
    public NftStatement IsNot(uint value) => IsNot(Number(value));

    /// <summary>Not equal to an interface name, or to any that begins so when it ends in *.</summary>
    public NftStatement IsNot(string name) => new InterfaceNameMatch(this, name, negated: true);

    /// <summary>Compares with a value in network byte order.</summary>
    public NftStatement Compares(NftComparison comparison, NftValue value) => new CompareMatch(this, comparison, value);

    /// <summary>From one value to another, both included, in network byte order.</summary>
    public NftStatement Within(NftValue from, NftValue to) => new RangeMatch(this, from, to, negated: false);

    /// <summary>From one number to another, both included.</summary>
    public NftStatement Within(uint from, uint to) => Within(Number(from), Number(to));

    /// <summary>Below one value or above another.</summary>
    public NftStatement Outside(NftValue from, NftValue to) => new RangeMatch(this, from, to, negated: true);

    /// <summary>In an address range.</summary>
    public NftStatement Within(IPNetwork network) => new PrefixMatch(this, network, negated: false);

    /// <summary>Not in an address range.</summary>
    public NftStatement Outside(IPNetwork network) => new PrefixMatch(this, network, negated: true);

    /// <summary>One of these values, which become a set of the rule's own.</summary>
    public NftStatement IsOneOf(params ReadOnlySpan<NftValue> values) => new AnonymousSetMatch(this, values.ToArray(), negated: false);

    /// <summary>One of these numbers.</summary>
    public NftStatement IsOneOf(params ReadOnlySpan<uint> values) => IsOneOf(Numbers(values));

    /// <summary>None of these values.</summary>
    public NftStatement IsNoneOf(params ReadOnlySpan<NftValue> values) => new AnonymousSetMatch(this, values.ToArray(), negated: true);

    /// <summary>In a named set of the table.</summary>
    public NftStatement InSet(string set) => new SetMatch(this, set, negated: false);

    /// <summary>Not in a named set of the table.</summary>
    public NftStatement NotInSet(string set) => new SetMatch(this, set, negated: true);

    /// <summary>Any of these bits set: <c>ct state established,related</c>.</summary>
    public NftStatement HasAny(uint bits) => new BitsMatch(this, Number(bits), NftComparison.NotEqual, Number(0));

    /// <summary>None of these bits set.</summary>
    public NftStatement HasNone(uint bits) => new BitsMatch(this, Number(bits), NftComparison.Equal, Number(0));

    /// <summary>Under a mask, equal to a value: <c>tcp flags &amp; (fin|syn|rst|ack) == syn</c>.</summary>
    public NftStatement MaskedIs(uint mask, uint value) => new BitsMatch(this, Number(mask), NftComparison.Equal, Number(value));

    /// <summary>Under a mask, not equal to a value.</summary>
    public NftStatement MaskedIsNot(uint mask, uint value) => new BitsMatch(this, Number(mask), NftComparison.NotEqual, Number(value));

    /// <summary>Some bits of the only field, to be looked up; the others are zero, or set: <c>ip saddr &amp; 255.255.255.192</c>.</summary>
    /// <param name="mask">Of the field's size, in network byte order.</param>
    /// <param name="set">Likewise, with bits that the mask has not; default: none.</param>
    public NftSelector Masked(NftValue mask, NftValue set = default)
    {
        NftValue bits = set.Length == 0 ? NftValue.Raw(new byte[mask.Length]) : set;
        return Fields.Length != 1 || mask.Length != Type.Fields[0].Length ? throw new ArgumentException($"a mask of {mask.Length} bytes does not fit {this}", nameof(mask))
            : bits.Length != mask.Length || Overlap(mask.Bytes, bits.Bytes) ? throw new ArgumentException("bits are set that the mask keeps, or of another field's size", nameof(set))
            : new NftSelector(new MaskedField(Fields[0], mask, bits));
    }

    /// <summary>The only field, an IPv4 address, as IPv6 writes it (RFC 4291 section 2.5.5.2): addresses of both families can be in one set then.</summary>
    public NftSelector MappedToIpv6() => Fields.Length == 1 && Type.Fields[0] == NftDataType.Ipv4Address
        ? new NftSelector(new Ipv4MappedField(Fields[0]))
        : throw new InvalidOperationException($"{this} is no IPv4 address");

    /// <summary>Carries out the verdict that a verdict map holds, if it holds one.</summary>
    public NftStatement VerdictFrom(string map) => new VerdictMapStatement(this, map);

    /// <summary>
    /// The value that a data map holds; the rule does not match where it holds none. nft(8) 1.0.6 aborts when it lists a rule that looks
    /// such a value up again, though the kernel runs it rightly: store it first (<see cref="Statement.SetMark(NftSelector)"/>).
    /// </summary>
    public NftSelector MappedBy(string map, NftDataType type) => new(new MappedField(this, map, type));

    /// <summary>"iifname . ether saddr . ip saddr"</summary>
    public override string ToString() => string.Join(" . ", Fields.Select(static field => field.Name));

    internal string? ReferencedSet => Fields.Select(static part => part.ReferencedSet).FirstOrDefault(static set => set is not null);

    /// <summary>A number of the selector's only field, in its size and byte order.</summary>
    internal NftValue Number(uint value)
    {
        NftDataType type = Type.Fields[0];
        byte[] bytes = new byte[type.Length];
        for (int i = 0; i < bytes.Length && i < 4; i++)
        {
            int shift = type.IsHostOrder && BitConverter.IsLittleEndian ? 8 * i : 8 * (bytes.Length - 1 - i);
            bytes[i] = shift < 32 ? (byte)(value >> shift) : (byte)0;
        }
        return type.Length is 1 or 2 or 4 && (type.Length == 4 || value >> (8 * type.Length) == 0)
            ? NftValue.Raw(bytes)
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"{this} has {type.Length} bytes");
    }

    internal void Require(ref NetlinkWriter writer, RuleContext context)
    {
        foreach (NftField field in Fields)
        {
            field.Require(ref writer, context);
        }
    }

    internal void Load(ref NetlinkWriter writer, RuleContext context, int slot)
    {
        foreach (NftField field in Fields)
        {
            field.Load(ref writer, context, slot);
            slot += field.Type.PaddedLength / 4;
        }
    }

    internal void RequireAndLoad(ref NetlinkWriter writer, RuleContext context)
    {
        Require(ref writer, context);
        Load(ref writer, context, 0);
    }

    private static bool Overlap(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        for (int i = 0; i < one.Length; i++)
        {
            if ((one[i] & other[i]) != 0)
            {
                return true;
            }
        }
        return false;
    }

    private NftValue[] Numbers(ReadOnlySpan<uint> values)
    {
        var numbers = new NftValue[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            numbers[i] = Number(values[i]);
        }
        return numbers;
    }
}
