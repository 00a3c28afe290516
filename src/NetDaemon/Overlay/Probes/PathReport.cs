namespace Weft.NetDaemon.Overlay.Probes;

/// <summary>Says in words what was found of the ways to other nodes: which, what fits, what mends it.</summary>
internal static class PathReport
{
    private const int MostNamed = 3;
    private const int SmallestNetworkMtu = 1280;

    /// <param name="paths">From <see cref="PathBook.All"/>.</param>
    /// <param name="port">The tunnel's UDP port.</param>
    /// <param name="isProblem">Whether there is anything to look at.</param>
    public static string Of(IReadOnlyList<(ProbeTarget Target, PathFinding Finding, DateTimeOffset? Tried, TimeSpan? RoundTrip)> paths, ushort port, out bool isProblem)
    {
        string[] problems = [.. paths.Where(p => p.Finding.IsProblem).Select(p => Sentence(p.Target, p.Finding, port))];
        isProblem = problems.Length > 0;
        if (isProblem)
        {
            string more = problems.Length > MostNamed ? $"; and {problems.Length - MostNamed} more nodes: `weft get nodes -o wide`" : "";
            return string.Join("; ", problems.Take(MostNamed)) + more;
        }
        int open = paths.Count(p => p.Finding.State == PathState.Open);
        int away = paths.Count(p => p.Finding.State == PathState.Away);
        return paths.Count == 0 ? "no other node"
            : $"packets of full size reach {open} of {paths.Count} other node(s)"
                + (away > 0 ? $"; {away} away, nobody answers there" : "")
                + (open + away < paths.Count ? $"; {paths.Count - open - away} not tried yet" : "");
    }

    private static string Sentence(ProbeTarget to, PathFinding finding, ushort port)
    {
        string node = $"node {to.Name} ({to.Underlay})";
        switch (finding.State)
        {
            case PathState.Silent:
                return $"{node} is unreachable: no probe of any size is answered, though its weftd runs; UDP {port} blocked on the way? Let UDP {port} pass between all nodes, both ways";
            case PathState.Fragmented:
                return $"packets of more than {finding.Fits} bytes to {node} arrive in pieces only, which is slow and easily lost, and {to.Mtu} should fit: {Mend(to, finding)}";
            default:
                return $"packets of more than {finding.Fits} bytes to {node} are lost on the way without a word, and {to.Mtu} should fit: {Mend(to, finding)}";
        }
    }

    private static string Mend(ProbeTarget to, PathFinding finding)
    {
        string link = $"let every link there carry {to.OuterSize(to.Mtu)} bytes";
        return finding.Fits < SmallestNetworkMtu ? $"{link}; less than {SmallestNetworkMtu} cannot be set for containers"
            : $"{link}, or make containers send less: mtu: {finding.Fits} in the Network (`weft get networks -o yaml`, `weft apply -f`)";
    }
}
