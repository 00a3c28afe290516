using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables;

/// <summary>
/// What can be said of anybody's rule without knowing all expressions: which interface names it asks for, whether it asks for anything else,
/// and how it ends.
/// </summary>
public sealed class NftRuleOutline
{
    private const uint IncomingName = 6;         // NFT_META_IIFNAME
    private const uint OutgoingName = 7;         // NFT_META_OIFNAME
    private const uint Equal = 0;                // NFT_CMP_EQ
    private const uint NotEqual = 1;             // NFT_CMP_NEQ

    private readonly List<NftInterfaceCondition> _interfaces = [];

    /// <summary>Conditions on interface names, all of which must hold.</summary>
    public IReadOnlyList<NftInterfaceCondition> Interfaces => _interfaces;

    /// <summary>Whether there are conditions of other kinds, or of none that is known.</summary>
    public bool HasOtherConditions { get; private set; }

    /// <summary>How it ends; null: it ends nothing, or differently from packet to packet.</summary>
    public NftVerdict? Verdict { get; private set; }

    /// <summary>Whether a map decides how it ends.</summary>
    public bool VerdictVaries { get; private set; }

    /// <summary>Reads a rule.</summary>
    /// <exception cref="MalformedNetlinkException">The bytes are no expressions.</exception>
    public static NftRuleOutline Of(NftRuleInfo rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        var outline = new NftRuleOutline();
        // What the registers hold that the conditions look at: an interface's name, or anything else.
        var names = new Dictionary<uint, bool>();
        var expressions = new AttributeReader(rule.Expressions.Span);
        while (expressions.TryRead(out NetlinkAttribute element))
        {
            string name = "";
            AttributeReader data = default;
            AttributeReader parts = element.Nested;
            while (parts.TryRead(out NetlinkAttribute part))
            {
                switch (part.Type)
                {
                    case ExpressionAttribute.Name:
                        name = part.String;
                        break;
                    case ExpressionAttribute.Data:
                        data = part.Nested;
                        break;
                }
            }
            outline.Add(name, data, names);
        }
        return outline;
    }

    private void Add(string name, AttributeReader data, Dictionary<uint, bool> names)
    {
        switch (name)
        {
            case "meta":
                Load(data, names);
                break;
            case "cmp":
                Compare(data, names);
                break;
            case "immediate":
                Immediate(data);
                break;
            case "reject":
                Verdict = Nftables.Verdict.Drop;
                break;
            case "lookup":
                Lookup(data);
                break;
            case "match":
                // xtables' comment is the one match that lets everything pass.
                HasOtherConditions |= TextOf(data) != "comment";
                break;
            case "target":
                Verdict = TextOf(data) is "REJECT" or "DROP" ? Nftables.Verdict.Drop : Verdict;
                break;
            case "payload" or "ct" or "bitwise" or "byteorder" or "exthdr" or "fib" or "rt" or "socket" or "hash" or "numgen":
                names.Clear();      // they load or change a register; the comparison that follows is one of another kind
                break;
            case "counter" or "log" or "objref" or "last" or "notrack":
                break;
            default:
                HasOtherConditions = true;
                break;
        }
    }

    private static void Load(AttributeReader data, Dictionary<uint, bool> names)
    {
        (uint register, uint key) = (0, 0);
        while (data.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case 1:     // NFTA_META_DREG
                    register = attribute.UInt32BigEndian;
                    break;
                case 2:     // NFTA_META_KEY
                    key = attribute.UInt32BigEndian;
                    break;
            }
        }
        names.Remove(register);
        if (key is IncomingName or OutgoingName)
        {
            names[register] = key == IncomingName;
        }
    }

    private void Compare(AttributeReader data, Dictionary<uint, bool> names)
    {
        (uint register, uint operation) = (0, 0);
        ReadOnlySpan<byte> value = [];
        while (data.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case 1:     // NFTA_CMP_SREG
                    register = attribute.UInt32BigEndian;
                    break;
                case 2:     // NFTA_CMP_OP
                    operation = attribute.UInt32BigEndian;
                    break;
                case 3:     // NFTA_CMP_DATA
                    value = ValueOf(attribute.Nested);
                    break;
            }
        }
        if (!names.TryGetValue(register, out bool incoming) || operation is not (Equal or NotEqual))
        {
            HasOtherConditions = true;
            return;
        }
        // nft and iptables both compare a whole name with its closing zero, and the beginning of one without.
        int end = value.IndexOf((byte)0);
        string name = System.Text.Encoding.UTF8.GetString(end < 0 ? value : value[..end]);
        _interfaces.Add(new NftInterfaceCondition(incoming, name, IsPrefix: end < 0, Negated: operation == NotEqual));
    }

    private void Immediate(AttributeReader data)
    {
        while (data.TryRead(out NetlinkAttribute attribute))
        {
            if (attribute.Type != 2)        // NFTA_IMMEDIATE_DATA
            {
                continue;
            }
            AttributeReader values = attribute.Nested;
            while (values.TryRead(out NetlinkAttribute value))
            {
                if (value.Type == DataAttribute.Verdict)
                {
                    Verdict = VerdictOf(value.Nested);
                }
            }
        }
    }

    private void Lookup(AttributeReader data)
    {
        HasOtherConditions = true;
        while (data.TryRead(out NetlinkAttribute attribute))
        {
            // NFTA_LOOKUP_DREG: of a map; the verdict's register makes it a verdict map.
            VerdictVaries |= attribute.Type == 3 && attribute.UInt32BigEndian == Register.Verdict;
        }
    }

    private static NftVerdict VerdictOf(AttributeReader attributes)
    {
        int code = 0;
        string? chain = null;
        while (attributes.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case VerdictAttribute.Code:
                    code = unchecked((int)attribute.UInt32BigEndian);
                    break;
                case VerdictAttribute.Chain:
                    chain = attribute.String;
                    break;
            }
        }
        return new NftVerdict(code, chain);
    }

    private static ReadOnlySpan<byte> ValueOf(AttributeReader data)
    {
        while (data.TryRead(out NetlinkAttribute attribute))
        {
            if (attribute.Type == DataAttribute.Value)
            {
                return attribute.Value;
            }
        }
        return [];
    }

    /// <summary>NFTA_MATCH_NAME, NFTA_TARGET_NAME.</summary>
    private static string TextOf(AttributeReader data)
    {
        while (data.TryRead(out NetlinkAttribute attribute))
        {
            if (attribute.Type == 1)
            {
                return attribute.String;
            }
        }
        return "";
    }
}
