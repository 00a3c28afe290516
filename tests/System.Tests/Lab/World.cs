namespace Weft.SystemTests.Lab;

/// <summary>
/// What is outside of a node: another namespace, on a cable to the node's uplink. It knows no way to the containers: only what took the
/// node's address comes back.
/// </summary>
internal sealed class World : IDisposable
{
    public const string NodeIPv4 = "198.51.100.2";
    public const string NodeIPv6 = "2001:db8:51::2";
    public const string IPv4 = "198.51.100.1";
    public const string IPv6 = "2001:db8:51::1";

    public Space Space { get; } = new();

    /// <summary>Lays the cable and sets the node's default routes.</summary>
    public static async Task<World> AroundAsync(Space node, int mtu)
    {
        var world = new World();
        await node.ScriptAsync($"""
            ip link add eth0 mtu {mtu} type veth peer name node mtu {mtu} netns {world.Space.Path}
            ip link set eth0 addrgenmode none
            ip addr add {NodeIPv4}/24 dev eth0
            ip addr add {NodeIPv6}/64 dev eth0 nodad
            ip link set eth0 up
            """);
        await world.Space.ScriptAsync($"""
            ip link set lo up
            ip link set node addrgenmode none
            ip addr add {IPv4}/24 dev node
            ip addr add {IPv6}/64 dev node nodad
            ip link set node up
            """);
        await node.ScriptAsync($"""
            ip route add default via {IPv4}
            ip -6 route add default via {IPv6}
            """);
        // The kernel notices the cable's carrier up to a second later, on a thread of its own; until then it has no IPv6, and just then it may lose a
        // packet. Once this answers that is over, on both ends: one event has told of both.
        await node.ScriptAsync($"""
            ping -n -q -c 1 -w 30 -i 0.01 {IPv4}
            ping -n -q -c 1 -w 30 -i 0.01 {IPv6}
            """);
        return world;
    }

    public void Dispose() => Space.Dispose();
}
