namespace Weft.SystemTests.Lab;

/// <summary>Everything of Weft in a node's kernel, as independent programs print it.</summary>
internal static class KernelState
{
    /// <summary>Rules, links, routes, nexthops, neighbours and forwarding entries, without counters.</summary>
    public static async Task<string> TextAsync(Space space) => string.Join(
        '\n',
        [
            await Ruleset.TextAsync(space),
            .. await LinesAsync(space, "ip", "route", "show", "table", "all", "proto", "87"),
            .. await LinesAsync(space, "ip", "-6", "route", "show", "table", "all", "proto", "87"),
            .. await LinesAsync(space, "ip", "nexthop", "show"),
            .. await LinesAsync(space, "ip", "neigh", "show", "nud", "permanent"),
            .. await LinesAsync(space, "bridge", "fdb", "show"),
            .. await LinesAsync(space, "ip", "-o", "link", "show"),
        ]);

    /// <summary>The overlay's part, without numbers of interfaces: the same before and after a repair that made a device anew.</summary>
    public static async Task<string> OverlayAsync(Space space) => string.Join(
        '\n',
        [
            .. await LinesAsync(space, "ip", "route", "show", "proto", "87"),
            .. await LinesAsync(space, "ip", "-6", "route", "show", "proto", "87"),
            .. await LinesAsync(space, "ip", "nexthop", "show", "proto", "87"),
            .. (await LinesAsync(space, "ip", "neigh", "show", "nud", "permanent")).Where(IsOfTunnel),
            .. (await LinesAsync(space, "bridge", "fdb", "show")).Where(IsOfTunnel),
            .. (await LinesAsync(space, "ip", "-o", "-br", "link", "show")).Where(IsOfTunnel),
        ]);

    // A set's order in the kernel's tables says nothing.
    private static async Task<IEnumerable<string>> LinesAsync(Space space, params string[] command) =>
        (await space.RunAsync(command)).Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal);

    private static bool IsOfTunnel(string line) => line.Contains(Cluster.Tunnel, StringComparison.Ordinal);
}
