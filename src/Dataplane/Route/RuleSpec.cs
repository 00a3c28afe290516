using System.Net;
using System.Net.Sockets;

namespace Weft.Dataplane.Route;

/// <summary>A routing rule: which table decides over which packets.</summary>
public sealed record RuleSpec
{
    /// <summary>IPv4 or IPv6.</summary>
    public AddressFamily Family { get; init; } = AddressFamily.InterNetwork;

    /// <summary>Its place in the order: smaller first, 0 to 32,765 usually.</summary>
    public required uint Priority { get; init; }

    /// <summary>The table that is asked (FR_ACT_TO_TBL); 0 with another <see cref="Action"/>.</summary>
    public uint Table { get; init; }

    /// <summary>What happens to packets that match.</summary>
    public RuleAction Action { get; init; } = RuleAction.Lookup;

    /// <summary>Packets with this mark; null: any.</summary>
    public uint? Mark { get; init; }

    /// <summary>Which bits of the mark count.</summary>
    public uint MarkMask { get; init; } = uint.MaxValue;

    /// <summary>Packets from here; null: anywhere.</summary>
    public IPNetwork? From { get; init; }

    /// <summary>Packets to here; null: anywhere.</summary>
    public IPNetwork? To { get; init; }

    /// <summary>Packets that came in by the interface of this name; null: any.</summary>
    public string? InputInterface { get; init; }

    /// <summary>Packets of sockets bound to the interface of this name; null: any.</summary>
    public string? OutputInterface { get; init; }

    /// <summary>Whose rule it is.</summary>
    public byte Protocol { get; init; } = RouteProtocol.Weft;
}

/// <summary>What a routing rule does (FR_ACT_*, linux/fib_rules.h).</summary>
public enum RuleAction : byte
{
    /// <summary>FR_ACT_TO_TBL: asks a table.</summary>
    Lookup = 1,

    /// <summary>FR_ACT_GOTO.</summary>
    GoTo = 2,

    /// <summary>FR_ACT_NOP.</summary>
    None = 3,

    /// <summary>FR_ACT_BLACKHOLE: drops silently.</summary>
    Blackhole = 6,

    /// <summary>FR_ACT_UNREACHABLE: drops and says so.</summary>
    Unreachable = 7,

    /// <summary>FR_ACT_PROHIBIT: drops, "administratively prohibited".</summary>
    Prohibit = 8,
}
