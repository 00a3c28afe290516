using System.Net;
using System.Net.Sockets;

namespace Weft.Dataplane.Route;

/// <summary>A routing rule as the kernel describes it.</summary>
public sealed record RuleInfo
{
    /// <summary>IPv4 or IPv6.</summary>
    public AddressFamily Family { get; internal set; }

    /// <summary>Its place in the order.</summary>
    public uint Priority { get; internal set; }

    /// <summary>The table that is asked; 0: none.</summary>
    public uint Table { get; internal set; }

    /// <summary>What happens to packets that match.</summary>
    public RuleAction Action { get; internal set; }

    /// <summary>Packets with this mark; null: any.</summary>
    public uint? Mark { get; internal set; }

    /// <summary>Which bits of the mark count.</summary>
    public uint MarkMask { get; internal set; }

    /// <summary>Packets from here; null: anywhere.</summary>
    public IPNetwork? From { get; internal set; }

    /// <summary>Packets to here; null: anywhere.</summary>
    public IPNetwork? To { get; internal set; }

    /// <summary>Name of the interface that packets came in by; null: any.</summary>
    public string? InputInterface { get; internal set; }

    /// <summary>Name of the interface that sockets are bound to; null: any.</summary>
    public string? OutputInterface { get; internal set; }

    /// <summary>Whose rule it is.</summary>
    public byte Protocol { get; internal set; }
}
