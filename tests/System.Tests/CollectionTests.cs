using System.Text.Json.Nodes;
using Weft.Dataplane.Conntrack;
using Weft.SystemTests.Lab;
using Weft.TestSupport;

namespace Weft.SystemTests;

/// <summary>GC by the real programs: after it, nothing in the kernel knows what was collected, and all of what was kept is as it was.</summary>
public sealed class CollectionTests
{
    [KernelFact]
    public async Task Gc_with_weftd_down_fails_with_its_socket_and_removes_nothing()
    {
        await using Node node = await Node.StartAsync();
        Container container = await node.AttachAsync();
        await node.Weftd.StopAsync();

        CniAnswer refused = (await node.CollectAsync()).Failed(11);

        Assert.Contains(node.CniSocket, refused.Message, StringComparison.Ordinal);
        Assert.Contains("systemctl status weftd", refused.Details, StringComparison.Ordinal);
        await node.StartWeftdAsync();
        (await container.CheckAsync()).SucceededSilently();
    }

    [KernelFact]
    public async Task Of_what_is_not_listed_nothing_is_left_in_the_kernel_and_what_is_listed_keeps_everything()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true });
        Container kept = node.NewContainer();
        await kept.AddAsync(configuration: Full(node, 8080));
        Container lost = node.NewContainer();
        await lost.AddAsync(configuration: Full(node, 8081));
        await UseAsync(node, kept);
        await UseAsync(node, lost);
        Assert.True(Mentions(await AllAsync(node), lost));
        int classes = await ClassesAsync(node);

        (await node.CollectAsync(kept)).SucceededSilently();

        string left = "";
        await Until.TrueAsync("nothing knows what was collected", async () => !Mentions(left = await AllAsync(node), lost), () => left);
        Assert.DoesNotContain("8081", await Ruleset.TextAsync(node.Space), StringComparison.Ordinal);
        Assert.Contains("8080", await Ruleset.TextAsync(node.Space), StringComparison.Ordinal);
        Assert.Equal(classes - 1, await ClassesAsync(node));
        (await kept.CheckAsync()).SucceededSilently();
        Assert.True(await kept.Space.PingsAsync(World.IPv4));
    }

    [KernelFact]
    public async Task An_empty_list_and_null_leave_nothing_of_anybody()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true });
        foreach (string list in (string[])["[]", "null"])
        {
            Container lost = node.NewContainer();
            await lost.AddAsync(configuration: Full(node, 8080));
            await UseAsync(node, lost);
            JsonObject configuration = node.Configuration();
            configuration["cni.dev/valid-attachments"] = JsonNode.Parse(list);

            (await node.CallAsync(CniCall.Of("GC", "", "", configuration, interfaceName: ""))).SucceededSilently();

            await Leftovers.RequireNoneAsync(node);
            string left = "";
            await Until.TrueAsync("nothing knows what was collected", async () => !Mentions(left = await AllAsync(node), lost), () => left);
            Assert.DoesNotContain("weft-shape", await node.Space.LinkNamesAsync());
            Assert.DoesNotContain("8080", await Ruleset.TextAsync(node.Space), StringComparison.Ordinal);
        }
    }

    [KernelFact]
    public async Task A_missing_list_is_refused_and_everything_stays()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true });
        Container kept = node.NewContainer();
        await kept.AddAsync(configuration: Full(node, 8080));

        CniAnswer refused = (await node.CallAsync(CniCall.Of("GC", "", "", node.Configuration(), interfaceName: ""))).Failed(7);

        Assert.Contains("cni.dev/valid-attachments", refused.Message, StringComparison.Ordinal);
        (await kept.CheckAsync()).SucceededSilently();
    }

    [KernelFact]
    public async Task Cleanup_takes_limits_and_published_ports_away_too()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true });
        Container container = node.NewContainer();
        await container.AddAsync(configuration: Full(node, 8080));
        Assert.Contains("weft-shape", await node.Space.LinkNamesAsync());
        await node.Weftd.StopAsync();

        string[] command = node.WeftdCommand(node.RunDirectory, node.StateDirectory);
        (await Tool.RunAsync([.. command[..4], "cleanup", .. command[4..]])).Succeeded();

        Assert.Equal(["eth0", "lo"], (await node.Space.LinkNamesAsync()).Order());
        Assert.Equal("", await Ruleset.TextAsync(node.Space));
        Assert.DoesNotContain("htb", (await node.Space.RunAsync("tc", "qdisc", "show")).Succeeded().Output, StringComparison.Ordinal);
        foreach (string family in (string[])["-4", "-6"])
        {
            Assert.Empty((await node.Space.IpAsync($"{family} route show table all proto 87")).EnumerateArray());
            Assert.Empty((await node.Space.IpAsync($"{family} neigh show nud permanent")).EnumerateArray());
        }
    }

    /// <summary>Published ports, limits in both directions.</summary>
    private static JsonObject Full(Node node, int hostPort)
    {
        JsonObject configuration = node.Configuration();
        configuration["runtimeConfig"] = JsonNode.Parse($$"""
            {
              "portMappings": [ { "hostPort": {{hostPort}}, "containerPort": 80, "protocol": "tcp" }, { "hostPort": {{hostPort}}, "containerPort": 53, "protocol": "udp" } ],
              "bandwidth": { "ingressRate": 80000000, "ingressBurst": 4294967295, "egressRate": 40000000, "egressBurst": 4294967295 }
            }
            """);
        return configuration;
    }

    /// <summary>Leaves tracked flows of both families.</summary>
    private static async Task UseAsync(Node node, Container container)
    {
        Assert.True(await container.Space.PingsAsync(World.IPv4));
        foreach (string address in container.Result.Addresses)
        {
            Assert.True(await node.Space.PingsAsync(address));
        }
    }

    private static bool Mentions(string dump, Container container)
    {
        HashSet<string> words = [.. dump.Split([' ', '\n', ',', '=', '"', '(', ')'], StringSplitOptions.RemoveEmptyEntries)];
        return container.Result.Addresses.Append(container.Result.Mac).Append(container.Result.HostInterface)
            .Any(w => words.Contains(w) || words.Contains($"{w}/32") || words.Contains($"{w}/128"));
    }

    private static async Task<int> ClassesAsync(Node node) =>
        (await node.Space.RunAsync("tc", "class", "show", "dev", "weft-shape")).Succeeded().Output.Split('\n').Count(l => l.StartsWith("class htb", StringComparison.Ordinal));

    /// <summary>Everything that the kernel knows, by other programs' eyes: links, addresses, routes, neighbours, forwarding, rules, traffic control, flows.</summary>
    private static async Task<string> AllAsync(Node node)
    {
        var texts = new List<string>();
        foreach (string dump in (string[])
        [
            "ip link show", "ip -4 neigh show nud all", "ip -6 neigh show nud all", "bridge fdb show", "ip -4 route show table all", "ip -6 route show table all",
            "nft list ruleset", "tc qdisc show", "tc -p filter show dev weft-shape",
        ])
        {
            Finished run = await node.Space.RunAsync(dump.Split(' '));
            texts.Add(run.ExitCode == 0 ? run.Output.Replace("@", " ", StringComparison.Ordinal) : "");
        }
        using ConntrackSocket conntrack = node.Space.Open(() => ConntrackSocket.Open());
        texts.AddRange(conntrack.Entries().Select(e => $"{e.Original.Source} {e.Original.Destination} {e.Reply.Source} {e.Reply.Destination}"));
        return string.Join('\n', texts);
    }
}
