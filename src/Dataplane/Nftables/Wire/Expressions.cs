using Weft.Dataplane.Netlink;

namespace Weft.Dataplane.Nftables.Wire;

/// <summary>
/// The kernel's expressions, each as one list element {name, attributes}. Attributes are in the order in which the kernel prints
/// them back, so that what is read can be compared with what was written. Numbers are big-endian.
/// </summary>
internal static partial class Expressions
{
    /// <summary>Begins an expression.</summary>
    private static Open Begin(ref NetlinkWriter writer, string name)
    {
        NestedAttribute element = writer.BeginNested(ListAttribute.Element, flagged: false);
        writer.WriteString(ExpressionAttribute.Name, name);
        NestedAttribute data = writer.BeginNested(ExpressionAttribute.Data, flagged: false);
        return new Open(element, data);
    }

    private static void End(ref NetlinkWriter writer, Open open)
    {
        writer.EndNested(open.Data);
        writer.EndNested(open.Element);
    }

    /// <summary>A data attribute that holds a value.</summary>
    public static void Value(ref NetlinkWriter writer, ushort attribute, scoped ReadOnlySpan<byte> value)
    {
        NestedAttribute data = writer.BeginNested(attribute, flagged: false);
        writer.WriteBytes(DataAttribute.Value, value);
        writer.EndNested(data);
    }

    /// <summary>A data attribute that holds a verdict.</summary>
    public static void VerdictValue(ref NetlinkWriter writer, ushort attribute, NftVerdict verdict)
    {
        NestedAttribute data = writer.BeginNested(attribute, flagged: false);
        NestedAttribute inner = writer.BeginNested(DataAttribute.Verdict, flagged: false);
        writer.WriteUInt32BigEndian(VerdictAttribute.Code, unchecked((uint)verdict.Code));
        if (verdict.Chain is not null)
        {
            writer.WriteString(VerdictAttribute.Chain, verdict.Chain);
        }
        writer.EndNested(inner);
        writer.EndNested(data);
    }

    /// <summary>payload: loads bytes of the packet. <paramref name="header"/> is 0 link, 1 network, 2 transport.</summary>
    public static void Payload(ref NetlinkWriter writer, int slot, uint header, uint offset, uint length)
    {
        Open open = Begin(ref writer, "payload");
        writer.WriteUInt32BigEndian(1, Register.At(slot));      // NFTA_PAYLOAD_DREG
        writer.WriteUInt32BigEndian(2, header);                 // NFTA_PAYLOAD_BASE
        writer.WriteUInt32BigEndian(3, offset);                 // NFTA_PAYLOAD_OFFSET
        writer.WriteUInt32BigEndian(4, length);                 // NFTA_PAYLOAD_LEN
        End(ref writer, open);
    }

    /// <summary>meta: loads what the kernel knows beside the packet.</summary>
    public static void Meta(ref NetlinkWriter writer, int slot, uint key)
    {
        Open open = Begin(ref writer, "meta");
        writer.WriteUInt32BigEndian(2, key);                    // NFTA_META_KEY
        writer.WriteUInt32BigEndian(1, Register.At(slot));      // NFTA_META_DREG
        End(ref writer, open);
    }

    /// <summary>meta: stores a register.</summary>
    public static void MetaSet(ref NetlinkWriter writer, int slot, uint key)
    {
        Open open = Begin(ref writer, "meta");
        writer.WriteUInt32BigEndian(2, key);                    // NFTA_META_KEY
        writer.WriteUInt32BigEndian(3, Register.At(slot));      // NFTA_META_SREG
        End(ref writer, open);
    }

    /// <summary>ct: loads what connection tracking knows.</summary>
    public static void Ct(ref NetlinkWriter writer, int slot, uint key, byte? direction)
    {
        Open open = Begin(ref writer, "ct");
        writer.WriteUInt32BigEndian(1, Register.At(slot));      // NFTA_CT_DREG
        writer.WriteUInt32BigEndian(2, key);                    // NFTA_CT_KEY
        if (direction is { } value)
        {
            writer.WriteByte(3, value);                         // NFTA_CT_DIRECTION
        }
        End(ref writer, open);
    }

    /// <summary>ct: stores a register.</summary>
    public static void CtSet(ref NetlinkWriter writer, int slot, uint key)
    {
        Open open = Begin(ref writer, "ct");
        writer.WriteUInt32BigEndian(4, Register.At(slot));      // NFTA_CT_SREG
        writer.WriteUInt32BigEndian(2, key);                    // NFTA_CT_KEY
        End(ref writer, open);
    }

    /// <summary>fib: asks the routing tables.</summary>
    public static void Fib(ref NetlinkWriter writer, int slot, uint result, uint flags)
    {
        Open open = Begin(ref writer, "fib");
        writer.WriteUInt32BigEndian(1, Register.At(slot));      // NFTA_FIB_DREG
        writer.WriteUInt32BigEndian(2, result);                 // NFTA_FIB_RESULT
        writer.WriteUInt32BigEndian(3, flags);                  // NFTA_FIB_FLAGS
        End(ref writer, open);
    }

    /// <summary>exthdr: whether an IPv6 extension header is there.</summary>
    public static void ExtensionHeaderPresent(ref NetlinkWriter writer, int slot, byte header)
    {
        Open open = Begin(ref writer, "exthdr");
        writer.WriteUInt32BigEndian(1, Register.At(slot));      // NFTA_EXTHDR_DREG
        writer.WriteByte(2, header);                            // NFTA_EXTHDR_TYPE
        writer.WriteUInt32BigEndian(3, 0);                      // NFTA_EXTHDR_OFFSET
        writer.WriteUInt32BigEndian(4, 1);                      // NFTA_EXTHDR_LEN
        writer.WriteUInt32BigEndian(5, 1);                      // NFTA_EXTHDR_FLAGS: NFT_EXTHDR_F_PRESENT
        writer.WriteUInt32BigEndian(6, 0);                      // NFTA_EXTHDR_OP: NFT_EXTHDR_OP_IPV6
        End(ref writer, open);
    }

    /// <summary>cmp: goes on when the register compares so (0 ==, 1 !=, 2 &lt;, 3 &lt;=, 4 &gt;, 5 &gt;=).</summary>
    public static void Compare(ref NetlinkWriter writer, int slot, NftComparison operation, scoped ReadOnlySpan<byte> value)
    {
        Open open = Begin(ref writer, "cmp");
        writer.WriteUInt32BigEndian(1, Register.At(slot));      // NFTA_CMP_SREG
        writer.WriteUInt32BigEndian(2, (uint)operation);        // NFTA_CMP_OP
        Value(ref writer, 3, value);                            // NFTA_CMP_DATA
        End(ref writer, open);
    }

    /// <summary>range: goes on when the register lies outside the bounds, which are included.</summary>
    public static void OutsideRange(ref NetlinkWriter writer, int slot, scoped ReadOnlySpan<byte> from, scoped ReadOnlySpan<byte> to)
    {
        Open open = Begin(ref writer, "range");
        writer.WriteUInt32BigEndian(1, Register.At(slot));      // NFTA_RANGE_SREG
        writer.WriteUInt32BigEndian(2, 1);                      // NFTA_RANGE_OP: NFT_RANGE_NEQ
        Value(ref writer, 3, from);                             // NFTA_RANGE_FROM_DATA
        Value(ref writer, 4, to);                               // NFTA_RANGE_TO_DATA
        End(ref writer, open);
    }

    /// <summary>bitwise: register = register &amp; mask.</summary>
    public static void Mask(ref NetlinkWriter writer, int slot, scoped ReadOnlySpan<byte> mask)
    {
        Span<byte> zero = stackalloc byte[mask.Length];
        zero.Clear();
        MaskXor(ref writer, slot, mask, zero);
    }

    /// <summary>bitwise: register = register &amp; mask ^ xor.</summary>
    public static void MaskXor(ref NetlinkWriter writer, int slot, scoped ReadOnlySpan<byte> mask, scoped ReadOnlySpan<byte> xor)
    {
        Open open = Begin(ref writer, "bitwise");
        writer.WriteUInt32BigEndian(1, Register.At(slot));      // NFTA_BITWISE_SREG
        writer.WriteUInt32BigEndian(2, Register.At(slot));      // NFTA_BITWISE_DREG
        writer.WriteUInt32BigEndian(3, (uint)mask.Length);      // NFTA_BITWISE_LEN
        writer.WriteUInt32BigEndian(6, 0);                      // NFTA_BITWISE_OP: NFT_BITWISE_MASK_XOR
        Value(ref writer, 4, mask);                             // NFTA_BITWISE_MASK
        Value(ref writer, 5, xor);                              // NFTA_BITWISE_XOR
        End(ref writer, open);
    }

    /// <summary>lookup: goes on when the registers from <paramref name="slot"/> are in the set, or, inverted, are not.</summary>
    public static void Lookup(ref NetlinkWriter writer, int slot, string set, bool inverted, uint? setId = null)
    {
        Open open = Begin(ref writer, "lookup");
        writer.WriteString(1, set);                             // NFTA_LOOKUP_SET
        writer.WriteUInt32BigEndian(2, Register.At(slot));      // NFTA_LOOKUP_SREG
        writer.WriteUInt32BigEndian(5, inverted ? 1u : 0);      // NFTA_LOOKUP_FLAGS: NFT_LOOKUP_F_INV
        if (setId is { } id)
        {
            writer.WriteUInt32BigEndian(4, id);                 // NFTA_LOOKUP_SET_ID: a set of the same batch
        }
        End(ref writer, open);
    }

    /// <summary>lookup: loads a map's value into a register, or carries out its verdict (<see cref="Register.Verdict"/>).</summary>
    public static void LookupMap(ref NetlinkWriter writer, int slot, string map, uint destination)
    {
        Open open = Begin(ref writer, "lookup");
        writer.WriteString(1, map);                             // NFTA_LOOKUP_SET
        writer.WriteUInt32BigEndian(2, Register.At(slot));      // NFTA_LOOKUP_SREG
        writer.WriteUInt32BigEndian(3, destination);            // NFTA_LOOKUP_DREG
        writer.WriteUInt32BigEndian(5, 0);                      // NFTA_LOOKUP_FLAGS
        End(ref writer, open);
    }

    /// <summary>immediate: carries out a verdict.</summary>
    public static void ImmediateVerdict(ref NetlinkWriter writer, NftVerdict verdict)
    {
        Open open = Begin(ref writer, "immediate");
        writer.WriteUInt32BigEndian(1, Register.Verdict);       // NFTA_IMMEDIATE_DREG
        VerdictValue(ref writer, 2, verdict);                   // NFTA_IMMEDIATE_DATA
        End(ref writer, open);
    }

    /// <summary>immediate: loads a constant.</summary>
    public static void Immediate(ref NetlinkWriter writer, int slot, scoped ReadOnlySpan<byte> value)
    {
        Open open = Begin(ref writer, "immediate");
        writer.WriteUInt32BigEndian(1, Register.At(slot));      // NFTA_IMMEDIATE_DREG
        Value(ref writer, 2, value);                            // NFTA_IMMEDIATE_DATA
        End(ref writer, open);
    }

    private readonly record struct Open(NestedAttribute Element, NestedAttribute Data);
}
