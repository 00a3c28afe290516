using System.Globalization;
using System.Text.RegularExpressions;
using Weft.SystemTests.Lab;
using Weft.TestSupport;
using Xunit.Abstractions;

namespace Weft.SystemTests.Overlay;

/// <summary>Nodes are emptied, forgotten, come back all the same, and share a name.</summary>
public sealed class LeavingTests(ITestOutputHelper output)
{
    private const string Quick = "addressCoolDown: 0\nblocksHeldFor: 1m";

    [KernelFact]
    public async Task A_drained_node_takes_no_container_and_gives_its_blocks_back_when_the_last_one_ends()
    {
        await using Cluster cluster = await Cluster.StartAsync(2, config: Quick);
        (_, Container b) = await cluster.AttachPairAsync();
        await cluster[1].EndpointsAsync(2);

        Finished begun = await cluster[1].WeftAsync("node", "drain", "node-2");
        Assert.Equal(4, begun.ExitCode);
        Assert.Contains("1 endpoint(s) are left", begun.Output, StringComparison.Ordinal);
        Assert.Contains(b.Id, begun.Output, StringComparison.Ordinal);
        await Until.TrueAsync("node-2 refuses containers", async () => await IsRefusedAsync(cluster[2]), cluster.Describe);
        Assert.Equal(4, (await cluster[1].WeftAsync("node", "drain", "node-2", "--wait", "--timeout", "1s")).ExitCode);

        await b.DelAsync();
        Finished done = (await cluster[1].WeftAsync("node", "drain", "node-2", "--wait", "--timeout", "2m")).Succeeded();
        Assert.Contains("node/node-2 drained", done.Output, StringComparison.Ordinal);
        Assert.Matches("node-2 +Ready,Drained", (await cluster[1].WeftAsync("get", "nodes")).Output);
        Assert.DoesNotContain(await cluster[1].GetAsync("blocks"), block => block.GetProperty("status").GetProperty("owner").GetInt32() == 2);

        (await cluster[1].WeftAsync("node", "uncordon", "node-2")).Succeeded();
        await Until.TrueAsync("node-2 takes containers again", async () => !await IsRefusedAsync(cluster[2]), cluster.Describe);
    }

    [KernelFact]
    public async Task A_forgotten_node_is_gone_everywhere_by_few_operations_and_one_that_was_not_dead_joins_anew_and_keeps_what_runs()
    {
        await using Cluster cluster = await Cluster.StartAsync(3, config: Quick);
        (Container a, Container b) = await cluster.AttachPairAsync();
        Container c = await cluster[3].AttachAsync();
        Container d = await cluster[3].AttachAsync();
        await cluster.ReachAsync(a, c);
        Finished alive = await cluster[1].WeftAsync("node", "forget", "node-3", "--yes");
        Assert.Equal(1, alive.ExitCode);
        Assert.Contains("is alive", alive.Error, StringComparison.Ordinal);
        Assert.Contains("number 3, 2 block(s)", (await cluster[1].WeftAsync("node", "forget", "node-3", "--dry-run")).Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal(2, (await cluster[1].WeftAsync("node", "forget", "node-3")).ExitCode);
        Assert.Equal(1, (await cluster[1].WeftAsync("node", "forget", "node-1", "--yes", "--even-if-alive")).ExitCode);

        (await cluster[1].WeftAsync("node", "forget", "node-3", "--yes", "--even-if-alive")).Succeeded();

        await Until.TrueAsync("node-3's weftd has noticed", () => cluster[3].Weftd.HasEnded, cluster.Describe);
        Assert.Equal(1, cluster[3].Weftd.ExitCode);
        Assert.Contains("joins anew", cluster[3].Weftd.Log, StringComparison.Ordinal);
        await Until.TrueAsync("nothing leads to node-3", async () => !(await KernelState.OverlayAsync(cluster[2].Space)).Contains(cluster.AddressOf(3), StringComparison.Ordinal), cluster.Describe);
        string change = cluster[2].Weftd.Log.Split('\n').Last(l => l.Contains("Nodes or blocks changed", StringComparison.Ordinal));
        output.WriteLine(change);
        // Neighbour, forwarding entry, nexthop, and the set of senders. Routes, also of both blocks, go with the nexthop.
        Assert.InRange(int.Parse(Regex.Match(change, "([0-9]+) kernel operations").Groups[1].Value, CultureInfo.InvariantCulture), 1, 5);
        await cluster.ReachAsync(a, b);
        Assert.True(await c.Space.PingsAsync(d.Result.IPv4), "what runs on the forgotten node goes on");

        await cluster[3].StartWeftdAsync();
        Assert.Equal(4, (await cluster[3].StatusAsync()).GetProperty("number").GetInt32());
        Assert.True(await c.Space.PingsAsync(d.Result.IPv4));
        (string health, string message) = await Cluster.ConditionAsync(cluster[3], "addresses");
        Assert.Equal("Degraded", health);
        Assert.Contains("is in use here but should not be", message, StringComparison.Ordinal);
        Container late = await cluster[3].AttachAsync();
        await cluster.ReachAsync(a, late);
        await Until.TrueAsync("one node is node-3", async () => Regex.Count((await cluster[1].WeftAsync("get", "nodes")).Output, "node-3") == 1, cluster.Describe);
    }

    [KernelFact]
    public async Task A_second_machine_of_one_name_waits_until_the_first_is_away_and_gets_none_of_its_blocks()
    {
        await using Cluster cluster = await Cluster.StartAsync(2, config: Quick);
        (Container a, _) = await cluster.AttachPairAsync();
        Node rival = await cluster.BringAsync(config: Quick, name: "node-2");

        await using (Weftd refused = rival.LaunchWeftd())
        {
            await refused.EndedAsync();
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains("node \"node-2\" is another machine", refused.Log, StringComparison.Ordinal);
            Assert.Contains("--node", refused.Log, StringComparison.Ordinal);
        }
        Assert.Equal("2", await NumberOfAsync(cluster[1], "node-2"));

        Assert.Equal(0, await cluster[2].Weftd.StopAsync());
        await rival.StartWeftdAsync();
        Assert.Equal("3", await NumberOfAsync(cluster[1], "node-2"));
        Container c = await rival.AttachAsync();
        await cluster.ReachAsync(a, c);
        Assert.Matches("node-2.former-2 +Away", (await cluster[1].WeftAsync("get", "nodes")).Output);

        // The first one is the second one now.
        await using (Weftd late = cluster[2].LaunchWeftd())
        {
            await late.EndedAsync();
            Assert.Equal(1, late.ExitCode);
        }
        (await cluster[1].WeftAsync("node", "forget", "node-2.former-2", "--yes")).Succeeded();
        Assert.DoesNotContain("former", (await cluster[1].WeftAsync("get", "nodes")).Output, StringComparison.Ordinal);
        await cluster.ReachAsync(a, c);
    }

    private static async Task<bool> IsRefusedAsync(Node node)
    {
        Container container = node.NewContainer();
        CniAnswer answer = await container.TryAddAsync();
        if (answer.IsSuccess)
        {
            await container.DelAsync();
            return false;
        }
        answer.Failed(11);
        return true;
    }

    private static async Task<string> NumberOfAsync(Node asked, string name) =>
        (await asked.GetAsync("nodes")).Single(n => n.GetProperty("metadata").GetProperty("name").GetString() == name)
            .GetProperty("status").GetProperty("number").GetRawText();
}
