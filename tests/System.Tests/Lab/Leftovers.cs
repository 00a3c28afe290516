using System.Text.Json;
using Weft.Contracts;

namespace Weft.SystemTests.Lab;

/// <summary>Looks for what a removed container may have left on its node.</summary>
internal static class Leftovers
{
    private static readonly (string Family, string Set)[] PerContainer =
        [("bridge", "ports4"), ("bridge", "ports6"), ("inet", "endpoints4"), ("inet", "endpoints6")];

    /// <summary>Fails unless nothing is left of any container. Links go in groups, a moment after DEL: that much time is given.</summary>
    public static async Task RequireNoneAsync(Node node, string context = "")
    {
        IReadOnlyList<string> found = [];
        await Until.TrueAsync(
            "nothing is left on the node",
            async () => (found = await FindAsync(node)).Count == 0,
            () => $"left: {string.Join("\n      ", found)}\n{context}\nlog:\n{node.Weftd.Log}");
    }

    /// <summary>Everything of containers that there is, one line each.</summary>
    public static async Task<IReadOnlyList<string>> FindAsync(Node node)
    {
        List<string> found = [];
        found.AddRange((await node.Space.LinkNamesAsync()).Where(IsPort).Select(name => $"link {name}"));
        foreach (string family in (string[])["-4", "-6"])
        {
            JsonElement routes = await node.Space.IpAsync($"{family} route show table all proto 87");
            // A container's has no prefix length; what has one is a block's.
            found.AddRange(routes.EnumerateArray().Where(r => !TextOf(r, "dst").Contains('/', StringComparison.Ordinal)).Select(r => $"route {r}"));
            JsonElement neighbours = await node.Space.IpAsync($"{family} neigh show nud permanent");
            found.AddRange(neighbours.EnumerateArray().Where(n => TextOf(n, "dev").StartsWith(WeftPaths.BridgePrefix, StringComparison.Ordinal))
                .Select(n => $"neighbour {n}"));
        }
        foreach ((string family, string set) in PerContainer)
        {
            found.AddRange((await Ruleset.ElementsAsync(node.Space, family, set)).Select(e => $"element of {family} weft {set}: {e}"));
        }
        if (Directory.Exists(node.NotesDirectory))
        {
            found.AddRange(Directory.EnumerateFiles(node.NotesDirectory).Select(f => $"note {f}"));
        }
        found.AddRange(await OfDaemonAsync(node));
        return found;
    }

    /// <summary>
    /// Ports that are up although the anti-spoofing rules do not know them, but for those that a DEL has parked: the rules drop every frame of
    /// a port that they do not know, which is what parking rests on. So whoever asks must also see that the rules themselves are whole
    /// (<see cref="Ruleset.SkeletonAsync"/>). Asked when whoever makes ports is dead or stopped.
    /// </summary>
    public static async Task<IReadOnlyList<string>> UnpolicedAsync(Node node)
    {
        // The rules first: weftd may be undoing an attachment meanwhile, and parks its port before it takes its rules.
        string[] known = [.. await Ruleset.ElementsAsync(node.Space, "bridge", "ports4"), .. await Ruleset.ElementsAsync(node.Space, "bridge", "ports6")];
        JsonElement[] up =
        [
            .. (await node.Space.IpAsync("link show")).EnumerateArray()
                .Where(l => IsPort(TextOf(l, "ifname")) && l.GetProperty("flags").EnumerateArray().Any(f => f.GetString() == "UP")),
        ];
        List<string> found = [];
        foreach (JsonElement link in up)
        {
            string name = TextOf(link, "ifname");
            bool isKnown = known.Any(e => e.Contains($"\"{name}\"", StringComparison.Ordinal));
            bool isParked = TextOf(link, "group") == Parked;
            if (!isKnown && !isParked)
            {
                found.Add($"{name} without rules of its own (group {TextOf(link, "group")})");
            }
            // Isolated from its neighbours as long as it is a port: also where rules were flushed, only the node could be reached.
            if (TextOf(link, "master").Length > 0 && !IsIsolated(link))
            {
                found.Add($"{name}, which is not isolated");
            }
        }
        return found;
    }

    /// <summary>The group of links that wait for their deletion, as ip prints it: the letters "weft" as a number.</summary>
    private const string Parked = "2003134068";

    private static bool IsIsolated(JsonElement link) => link.TryGetProperty("linkinfo", out JsonElement info)
        && info.TryGetProperty("info_slave_data", out JsonElement port) && port.TryGetProperty("isolated", out JsonElement isolated) && isolated.GetBoolean();

    private static async Task<IReadOnlyList<string>> OfDaemonAsync(Node node)
    {
        List<string> found = [];
        found.AddRange((await node.GetAsync("endpoints")).Select(e => $"endpoint {e}"));
        JsonElement status = await node.StatusAsync();
        foreach (string count in (string[])["attachments", "pendingAttachments"])
        {
            if (status.GetProperty(count).GetInt64() != 0)
            {
                found.Add($"{count}: {status.GetProperty(count)}");
            }
        }
        found.AddRange(status.GetProperty("pools").EnumerateArray().Where(p => p.GetProperty("used").GetInt64() != 0).Select(p => $"pool {p}"));
        return found;
    }

    private static bool IsPort(string name) => name.StartsWith(WeftPaths.PortPrefix, StringComparison.Ordinal);

    private static string TextOf(JsonElement element, string key) => element.TryGetProperty(key, out JsonElement text) ? text.GetString() ?? "" : "";
}
