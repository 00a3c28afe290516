using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Weft.SystemTests.Lab;
using Weft.TestSupport;
using Xunit.Abstractions;

namespace Weft.SystemTests.Overlay;

/// <summary>The underlay changes while weftd runs, and is what the operator says.</summary>
public sealed class UnderlayTests(ITestOutputHelper output)
{
    [KernelFact]
    public async Task A_node_whose_address_mtu_or_interface_changes_while_weftd_runs_is_followed()
    {
        await using Cluster cluster = await Cluster.StartAsync(2);
        (Container a, Container b) = await cluster.AttachPairAsync();

        await cluster.MoveAsync(2);
        await cluster.ReachAsync(a, b);
        string[] changes = ChangesOf(cluster[1]);
        output.WriteLine(string.Join('\n', changes));
        Assert.Single(Regex.Matches(changes[^1], "fdb replace"));
        Assert.DoesNotContain("route", changes[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("link delete", cluster[2].Weftd.Log, StringComparison.Ordinal);

        await cluster[2].Space.ScriptAsync("ip link set eth0 mtu 1400");
        await Until.TrueAsync("node-1's tunnel carries what node-2's uplink does", async () => await MtuAsync(cluster[1]) == 1350, cluster.Describe);

        await cluster[2].Space.ScriptAsync("""
            ip link set eth0 down
            ip link set eth0 name ens3
            ip link set ens3 mtu 1500 up
            ip -6 addr replace 2001:db8::66/64 dev ens3 nodad
            ip route add default via 192.0.2.254
            """);
        await Until.TrueAsync("node-1's tunnel carries what it did", async () => await MtuAsync(cluster[1]) == 1450, cluster.Describe);
        await cluster.ReachAsync(a, b);
        Assert.Contains("ens3", (await cluster[1].WeftAsync("get", "nodes")).Output, StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task Nodes_on_a_port_of_their_own_reach_each_other_and_one_on_another_is_named()
    {
        await using Cluster cluster = await Cluster.StartAsync(2, config: "overlayPort: 8472\nuplink: \"e*0\"\nlabels: {zone: a}");
        (Container a, Container b) = await cluster.AttachPairAsync();
        Assert.Contains("dstport 8472", (await cluster[1].Space.RunAsync("ip", "-d", "link", "show", Cluster.Tunnel)).Output, StringComparison.Ordinal);
        Assert.Contains("udp dport 8472", (await cluster[1].Space.RunAsync("nft", "list", "chain", "bridge", "weft", "from4")).Output, StringComparison.Ordinal);
        Assert.Matches("node-1 .* zone=a ", (await cluster[1].WeftAsync("get", "nodes", "-o", "wide")).Output);

        await cluster.JoinAsync();
        await Until.TrueAsync(
            "node-3's port is named",
            async () => await Cluster.ConditionAsync(cluster[1], "overlay") is { Health: "Degraded" } c && c.Message.Contains("node-3 has the overlay's UDP port 4789", StringComparison.Ordinal),
            cluster.Describe);
        await cluster.ReachAsync(a, b);
    }

    [KernelFact]
    public async Task A_container_gets_the_network_that_its_label_names_and_none_when_there_is_no_such()
    {
        await using Node node = await Node.StartAsync();
        await node.ApplyAsync("""
            apiVersion: weft.dev/v1
            kind: Network
            metadata: {name: blue}
            ---
            apiVersion: weft.dev/v1
            kind: Pool
            metadata: {name: blue-v4}
            spec: {network: blue, cidr: 10.9.0.0/24}
            """);
        JsonObject labelled = node.Configuration();
        labelled["args"] = new JsonObject { ["cni"] = new JsonObject { ["labels"] = new JsonObject { ["weft.dev/network"] = "blue" } } };
        JsonObject pinned = (JsonObject)labelled.DeepClone();
        pinned["network"] = "default";
        JsonObject wrong = node.Configuration();
        wrong["args"] = new JsonObject { ["cni"] = new JsonObject { ["labels"] = new JsonObject { ["weft.dev/network"] = "green" } } };

        Assert.StartsWith("10.9.0.", (await node.NewContainer().AddAsync(configuration: labelled)).Addresses.Single(), StringComparison.Ordinal);
        Assert.StartsWith("10.9.0.", (await node.NewContainer().AddAsync("WEFT_NETWORK=blue")).Addresses.Single(), StringComparison.Ordinal);
        Assert.StartsWith("10.83.", (await node.NewContainer().AddAsync(configuration: pinned)).IPv4, StringComparison.Ordinal);
        CniAnswer refused = (await node.NewContainer().TryAddAsync(configuration: wrong)).Failed(7);
        Assert.Contains("\"green\"", refused.Message, StringComparison.Ordinal);
    }

    private static string[] ChangesOf(Node node) =>
        [.. node.Weftd.Log.Split('\n').Where(l => l.Contains("Nodes or blocks changed", StringComparison.Ordinal))];

    private static async Task<int> MtuAsync(Node node) =>
        int.Parse(Regex.Match((await node.Space.RunAsync("ip", "link", "show", Cluster.Tunnel)).Output, "mtu ([0-9]+)").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
}
