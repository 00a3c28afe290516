using System.Net;
using System.Net.Sockets;

namespace Weft.Dataplane.Route;

/// <summary>A nexthop object as the kernel describes it. Compares by the members of its group, too.</summary>
public sealed record NexthopInfo
{
    /// <summary>Its number.</summary>
    public uint Id { get; internal set; }

    /// <summary>IPv4 or IPv6; unspecified for a group.</summary>
    public AddressFamily Family { get; internal set; }

    /// <summary>The next router, or null.</summary>
    public IPAddress? Gateway { get; internal set; }

    /// <summary>Index of the interface; 0: none.</summary>
    public int LinkIndex { get; internal set; }

    /// <summary>Packets are dropped.</summary>
    public bool Blackhole { get; internal set; }

    /// <summary>The members of a group; empty: it is none.</summary>
    public IReadOnlyList<NexthopMember> Group { get; internal set; } = [];

    /// <summary>Whose it is.</summary>
    public byte Protocol { get; internal set; }

    /// <summary>RTNH_F_*: 1 dead, 4 onlink, 16 link down.</summary>
    public uint Flags { get; internal set; }

    /// <summary>RTNH_F_ONLINK.</summary>
    public bool OnLink => (Flags & 4) != 0;

    /// <inheritdoc/>
    public bool Equals(NexthopInfo? other) =>
        other is not null && Id == other.Id && Family == other.Family && Equals(Gateway, other.Gateway) && LinkIndex == other.LinkIndex
        && Blackhole == other.Blackhole && Protocol == other.Protocol && Flags == other.Flags && Group.SequenceEqual(other.Group);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Id;
}
