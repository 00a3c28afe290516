using Weft.Contracts.V1;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Ipam;

/// <summary>What an audit compares, read at about one moment.</summary>
internal sealed record AuditFacts
{
    /// <summary>This node's number.</summary>
    public required uint Node { get; init; }

    public required IReadOnlyList<Pool> Pools { get; init; }

    /// <summary>Keys and what they hold, of all blocks.</summary>
    public required IReadOnlyList<StoreEntry> Blocks { get; init; }

    /// <summary>Of all nodes that ever had a number.</summary>
    public required IReadOnlyDictionary<uint, string> NodeNames { get; init; }

    /// <summary>Keys and what they hold, of all copies of allocations.</summary>
    public required IReadOnlyList<StoreEntry> Copies { get; init; }

    /// <summary>This node's attachments.</summary>
    public required IReadOnlyList<AttachmentRecord> Attachments { get; init; }

    /// <summary>Addresses that this node counts as used.</summary>
    public required IReadOnlySet<(string Network, System.Net.IPAddress Address)> Used { get; init; }

    /// <summary>What this node's attachments have and should not.</summary>
    public required IReadOnlyList<ConflictingAddress> Conflicts { get; init; }

    public required KernelAddresses Kernel { get; init; }
}
