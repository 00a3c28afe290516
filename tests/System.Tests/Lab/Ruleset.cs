using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Weft.SystemTests.Lab;

/// <summary>What nft, an independent reader, finds in a node's tables.</summary>
internal static class Ruleset
{
    /// <summary>Elements of a set, each as compact JSON. A set or table that is not there has none.</summary>
    public static async Task<IReadOnlyList<string>> ElementsAsync(Space space, string family, string set)
    {
        Finished run = await space.RunAsync("nft", "-j", "list", "set", family, "weft", set);
        if (run.ExitCode != 0)
        {
            return [];
        }
        JsonElement body = run.Json().GetProperty("nftables").EnumerateArray().Single(o => o.TryGetProperty("set", out _)).GetProperty("set");
        return body.TryGetProperty("elem", out JsonElement elements) ? [.. elements.EnumerateArray().Select(e => e.GetRawText())] : [];
    }

    /// <summary>
    /// Weft's tables without counters and elements: what is the same for all containers, and the same after any death. Whether weftd lives, which
    /// shows in the tables' flags, is left out.
    /// </summary>
    public static async Task<string> SkeletonAsync(Space space)
    {
        string text = "";
        foreach (string family in (string[])["bridge", "inet"])
        {
            text += (await space.RunAsync("nft", "-s", "-t", "list", "table", family, "weft")).Succeeded().Output;
        }
        return string.Join('\n', text.Split('\n').Where(l => !l.TrimStart().StartsWith("flags", StringComparison.Ordinal)).Select(l => l.Split(" # progname")[0]));
    }

    /// <summary>Packets that the first rule of a chain of inet weft with a counter and "drop" has dropped.</summary>
    public static async Task<long> DroppedInAsync(Space space, string chain)
    {
        string text = (await space.RunAsync("nft", "list", "chain", "inet", "weft", chain)).Succeeded().Output;
        Match match = Regex.Match(text, @"counter packets (\d+) bytes \d+ drop");
        Assert.True(match.Success, text);
        return long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
    }

    /// <summary>The whole ruleset as nft prints it, without counters.</summary>
    public static async Task<string> TextAsync(Space space) => (await space.RunAsync("nft", "-s", "list", "ruleset")).Succeeded().Output;
}
