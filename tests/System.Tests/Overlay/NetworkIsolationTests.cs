using System.Text.Json.Nodes;
using Weft.SystemTests.Lab;
using Weft.TestSupport;

namespace Weft.SystemTests.Overlay;

/// <summary>Networks with VNIs of their own, over several nodes.</summary>
public sealed class NetworkIsolationTests
{
    private const string Networks = """
        apiVersion: weft.dev/v1
        kind: Network
        metadata: { name: red }
        spec: { vni: 70001, masquerade: true, mtu: 1400 }
        ---
        apiVersion: weft.dev/v1
        kind: Pool
        metadata: { name: red-v4 }
        spec: { network: red, cidr: 10.71.0.0/16 }
        ---
        apiVersion: weft.dev/v1
        kind: Pool
        metadata: { name: red-v6 }
        spec: { network: red, cidr: fd71::/64 }
        ---
        apiVersion: weft.dev/v1
        kind: Network
        metadata: { name: blue }
        spec: { vni: 70002, masquerade: true }
        ---
        apiVersion: weft.dev/v1
        kind: Pool
        metadata: { name: blue-v4 }
        spec: { network: blue, cidr: 10.72.0.0/16 }
        ---
        apiVersion: weft.dev/v1
        kind: Pool
        metadata: { name: blue-v6 }
        spec: { network: blue, cidr: fd72::/64 }
        """;

    [KernelTheory]
    [InlineData(Underlay.Switch, false)]
    [InlineData(Underlay.RouterIPv6, false)]
    [InlineData(Underlay.Switch, true)]
    public async Task Two_networks_reach_their_own_containers_on_other_nodes_and_not_each_others(Underlay underlay, bool direct)
    {
        await using Cluster cluster = await Cluster.StartAsync(2, underlay, direct: direct);
        await cluster[1].ApplyAsync(Networks);
        Container red1 = await AttachAsync(cluster[1], "red");
        Container blue1 = await AttachAsync(cluster[1], "blue");
        await Until.TrueAsync("node-2 has the networks", async () => (await cluster[2].Space.LinkNamesAsync()).Contains("weft3x"), cluster.Describe);
        Container red2 = await AttachAsync(cluster[2], "red");
        Container blue2 = await AttachAsync(cluster[2], "blue");

        await cluster.ReachAsync(red1, red2);
        await cluster.ReachAsync(blue1, blue2);
        Assert.Equal(red1.Result.IPv4, await Conversation.TcpAsync(red1.Space, red2.Space, red2.Result.IPv4));
        Assert.Equal(1400, (await red2.Space.IpAsync("link show eth0"))[0].GetProperty("mtu").GetInt32());
        Assert.Equal(cluster.ContainerMtu, (await blue2.Space.IpAsync("link show eth0"))[0].GetProperty("mtu").GetInt32());
        foreach ((Container from, Container to) in ((Container, Container)[])[(red1, blue2), (blue1, red2), (red1, blue1), (blue2, red1)])
        {
            foreach (string address in to.Result.Addresses)
            {
                Assert.False(await from.Space.PingsAsync(address), $"{from.Id} reaches {to.Id} at {address}");
            }
        }
        Assert.Equal(direct, (await Cluster.WaysAsync(cluster[1])).SequenceEqual(["eth0"]));
        if (direct)
        {
            // Neither end lets it pass: also not when the other's rules were not there.
            foreach ((Container from, Container to, Node open) in ((Container, Container, Node)[])[(red1, blue2, cluster[1]), (red1, blue2, cluster[2])])
            {
                await open.Weftd.KillAsync();
                await open.Space.ScriptAsync("nft flush chain inet weft forward");
                Assert.False(await from.Space.PingsAsync(to.Result.IPv4));
                Assert.False(await from.Space.PingsAsync(to.Result.IPv6));
                await open.StartWeftdAsync();
            }
        }
        Assert.Equal(70001, await VniAsync(cluster[1], "weft2x"));
        Assert.Equal(70002, await VniAsync(cluster[1], "weft3x"));
    }

    [KernelFact]
    public async Task A_deleted_networks_tunnel_goes_from_every_node()
    {
        await using Cluster cluster = await Cluster.StartAsync(2);
        (Container a, Container b) = await cluster.AttachPairAsync();
        await cluster[1].ApplyAsync(Networks);
        await Until.TrueAsync("both nodes have the networks", () => HaveAsync(cluster, "weft2x", "weft3x"), cluster.Describe);

        foreach (string kind in (string[])["pool/red-v4", "pool/red-v6", "network/red"])
        {
            (await cluster[2].WeftAsync(["delete", .. kind.Split('/')])).Succeeded();
        }

        await Until.TrueAsync("no node has the tunnel", async () => !await HaveAsync(cluster, "weft2x") && await HaveAsync(cluster, "weft3x"), cluster.Describe);
        await cluster.ReachAsync(a, b);
    }

    private static async Task<Container> AttachAsync(Node node, string network)
    {
        Container container = node.NewContainer();
        JsonObject configuration = node.Configuration();
        configuration["network"] = network;
        await container.AddAsync(configuration: configuration);
        return container;
    }

    /// <summary>Whether each node has all of the links; false too when only one has.</summary>
    private static async Task<bool> HaveAsync(Cluster cluster, params string[] links)
    {
        IReadOnlyList<string> first = await cluster[1].Space.LinkNamesAsync();
        IReadOnlyList<string> second = await cluster[2].Space.LinkNamesAsync();
        return links.All(l => first.Contains(l) && second.Contains(l));
    }

    private static async Task<int> VniAsync(Node node, string link) =>
        (await node.Space.IpAsync($"link show {link}"))[0].GetProperty("linkinfo").GetProperty("info_data").GetProperty("id").GetInt32();
}
