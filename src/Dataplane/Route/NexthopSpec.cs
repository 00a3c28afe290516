using System.Net;
using System.Net.Sockets;

namespace Weft.Dataplane.Route;

/// <summary>A nexthop object: where packets go, shared by routes. One of gateway or link, blackhole, or a group of others.</summary>
public sealed record NexthopSpec
{
    /// <summary>Its number, 1 and up.</summary>
    public required uint Id { get; init; }

    /// <summary>The next router; null: the destination itself is on the link.</summary>
    public IPAddress? Gateway { get; init; }

    /// <summary>Index of the interface it leaves by; 0: none.</summary>
    public int LinkIndex { get; init; }

    /// <summary>The gateway is on the link even if no address of ours says so (RTNH_F_ONLINK).</summary>
    public bool OnLink { get; init; }

    /// <summary>Packets are dropped.</summary>
    public bool Blackhole { get; init; }

    /// <summary>Family of a nexthop without a gateway; an IPv6 one serves IPv4 routes only if it has a gateway.</summary>
    public AddressFamily Family { get; init; } = AddressFamily.InterNetwork;

    /// <summary>The members of a group; empty: it is none.</summary>
    public IReadOnlyList<NexthopMember> Group { get; init; } = [];

    /// <summary>Whose it is.</summary>
    public byte Protocol { get; init; } = RouteProtocol.Weft;
}

/// <summary>A member of a nexthop group.</summary>
/// <param name="Id">The member's number.</param>
/// <param name="Weight">Its share among the weights, 1 to 256.</param>
public readonly record struct NexthopMember(uint Id, int Weight = 1);
