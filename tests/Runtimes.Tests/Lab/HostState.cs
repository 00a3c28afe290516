using System.Text.Json;
using System.Text.RegularExpressions;
using Weft.Contracts;

namespace Weft.RuntimeTests.Lab;

/// <summary>Everything on a node that a container could leave behind, as independent tools and weft itself show it.</summary>
internal sealed partial class HostState
{
    private readonly RuntimeNode _node;
    private readonly IReadOnlyList<string> _clean;

    private HostState(RuntimeNode node, IReadOnlyList<string> clean) => (_node, _clean) = (node, clean);

    /// <summary>Takes how a node is now as clean. It must have had containers before, so that it has blocks, and none now.</summary>
    public static async Task<HostState> CleanAsync(RuntimeNode node)
    {
        IReadOnlyList<string> absolute = [];
        await Until.TrueAsync(
            "a node without containers has nothing of any",
            async () => (absolute = await OfContainersAsync(node)).Count == 0,
            () => string.Join('\n', absolute));
        return new HostState(node, await ReadAsync(node));
    }

    /// <summary>Fails unless the node becomes as clean as it was: links are deleted in groups, a moment after DEL.</summary>
    public async Task RequireCleanAsync(string context = "")
    {
        IReadOnlyList<string> left = [];
        IReadOnlyList<string> missing = [];
        await Until.TrueAsync(
            $"the node is clean {context}",
            async () =>
            {
                IReadOnlyList<string> now = [.. await ReadAsync(_node), .. await OfContainersAsync(_node)];
                left = [.. now.Except(_clean)];
                missing = [.. _clean.Except(now)];
                return left.Count + missing.Count == 0;
            },
            () => $"left:\n  {string.Join("\n  ", left)}\nmissing:\n  {string.Join("\n  ", missing)}");
    }

    /// <summary>What there is of containers, whatever was before: addresses in use, endpoints, ports, flows, results that runtimes keep for DEL.</summary>
    private static async Task<IReadOnlyList<string>> OfContainersAsync(RuntimeNode node)
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
        foreach (JsonElement pool in status.GetProperty("pools").EnumerateArray().Where(p => p.GetProperty("used").GetInt64() != 0))
        {
            found.Add($"pool {pool}");
        }
        JsonElement links = (await node.OnAsync("ip", "-j", "link", "show")).Json();
        found.AddRange(links.EnumerateArray().Select(l => l.GetProperty("ifname").GetString()!)
            .Where(name => name.StartsWith(WeftPaths.PortPrefix, StringComparison.Ordinal)).Select(name => $"link {name}"));
        found.AddRange(Lines(await node.OnAsync("sh", "-c", "ls -A /run/netns /run/weft/detached /var/lib/cni/results 2>/dev/null | grep -v ':$' | grep .")));
        return found;
    }

    private static async Task<IReadOnlyList<string>> ReadAsync(RuntimeNode node) =>
    [
        .. (await node.DoAsync("lab_snapshot node")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Carrier().Replace(line, "")),
        .. Lines(await node.OnAsync("nft", "-s", "list", "ruleset")).Select(line => $"nft {line}"),
        .. Lines(await node.OnAsync("tc", "qdisc", "show")).Select(line => $"tc {line}"),
        .. Lines(await node.OnAsync("sh", "-c", "find /var/lib/cni -type f 2>/dev/null")),
    ];

    // A bridge loses its carrier some time after its last port, and hairpin links come and go with br_netfilter's switch: neither that nor another
    // interface index is a difference.
    [GeneratedRegex(@"^\d+: |<[^>]*>| state [A-Z]+| linkdown")]
    private static partial Regex Carrier();

    private static string[] Lines(Finished run) => run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
