using System.Text.Json;

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

    /// <summary>The whole ruleset as nft prints it, without counters.</summary>
    public static async Task<string> TextAsync(Space space) => (await space.RunAsync("nft", "-s", "list", "ruleset")).Succeeded().Output;
}
