using System.Net;

namespace Weft.Dataplane.Conntrack;

/// <summary>A tracked flow as the kernel describes it.</summary>
public sealed record ConntrackEntry
{
    /// <summary>The direction of its first packet, before address translation.</summary>
    public required ConntrackTuple Original { get; init; }

    /// <summary>What answers look like when they arrive, before translation is undone.</summary>
    public required ConntrackTuple Reply { get; init; }

    /// <summary>
    /// IPS_* bits (linux/netfilter/nf_conntrack_common.h): 2 seen reply, 8 confirmed, 0x10 source NAT, 0x20 destination NAT.
    /// </summary>
    public uint Status { get; init; }

    /// <summary>Its mark.</summary>
    public uint Mark { get; init; }

    /// <summary>Seconds until it expires.</summary>
    public uint Timeout { get; init; }

    /// <summary>Its zone.</summary>
    public ushort Zone { get; init; }

    /// <summary>The kernel's number for it: another entry for the same flow has another.</summary>
    public uint Id { get; init; }

    /// <summary>Whether one of the addresses is at either end, in either direction, before or after translation.</summary>
    public bool Involves(IReadOnlySet<IPAddress> addresses)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        return addresses.Contains(Original.Source) || addresses.Contains(Original.Destination) || addresses.Contains(Reply.Source) || addresses.Contains(Reply.Destination);
    }
}
