using System.Text.Json;
using Weft.SystemTests.Lab;
using Weft.TestSupport;

namespace Weft.SystemTests;

/// <summary>Who reaches whom, and what the wires look like.</summary>
public sealed class TrafficTests
{
    [KernelFact]
    public async Task Containers_reach_each_other_their_node_and_the_world()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true });
        Container a = await node.AttachAsync();
        Container b = await node.AttachAsync();

        foreach (string address in b.Result.Addresses)
        {
            Assert.True(await a.Space.PingsAsync(address), $"container to container {address}\n{await Ruleset.TextAsync(node.Space)}");
            Assert.True(await node.Space.PingsAsync(address), $"node to container {address}\n{await Ruleset.TextAsync(node.Space)}");
        }
        foreach (string address in (string[])[World.NodeIPv4, World.NodeIPv6])
        {
            Assert.True(await a.Space.PingsAsync(address), $"container to node {address}");
        }
        foreach (string address in (string[])[World.IPv4, World.IPv6])
        {
            Assert.True(await a.Space.PingsAsync(address), $"container to world {address}\n{await Ruleset.TextAsync(node.Space)}");
        }
        foreach (string address in a.Result.Addresses)
        {
            Assert.True(await a.Space.PingsAsync(address), $"container to itself {address}");
        }
    }

    [KernelFact]
    public async Task The_world_sees_the_nodes_address()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true });
        Container container = await node.AttachAsync();
        await node.World.Space.ScriptAsync("""
            nft add table inet seen
            nft add set inet seen from4 '{ type ipv4_addr; flags dynamic; }'
            nft add set inet seen from6 '{ type ipv6_addr; flags dynamic; }'
            nft add chain inet seen input '{ type filter hook input priority 0; }'
            nft add rule inet seen input icmp type echo-request add @from4 '{ ip saddr }'
            nft add rule inet seen input icmpv6 type echo-request add @from6 '{ ip6 saddr }'
            """);

        Assert.True(await container.Space.PingsAsync(World.IPv4));
        Assert.True(await container.Space.PingsAsync(World.IPv6));

        string seen = await Ruleset.TextAsync(node.World.Space);
        Assert.Contains($"elements = {{ {World.NodeIPv4} }}", seen, StringComparison.Ordinal);
        Assert.Contains($"elements = {{ {World.NodeIPv6} }}", seen, StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task A_network_without_masquerade_keeps_the_containers_address()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true });
        await node.ApplyAsync("""
            apiVersion: weft.dev/v1
            kind: Network
            metadata: { name: plain }
            spec: { masquerade: false }
            ---
            apiVersion: weft.dev/v1
            kind: Pool
            metadata: { name: plain-v4 }
            spec: { network: plain, cidr: 10.77.0.0/24 }
            """);
        Container container = node.NewContainer();
        System.Text.Json.Nodes.JsonObject configuration = node.Configuration();
        configuration["network"] = "plain";
        await container.AddAsync(configuration: configuration);

        Assert.False(await container.Space.PingsAsync(World.IPv4));
        await node.World.Space.ScriptAsync($"ip route add 10.77.0.0/24 via {World.NodeIPv4}");
        Assert.True(await container.Space.PingsAsync(World.IPv4));
        Assert.True(await node.World.Space.PingsAsync(container.Result.IPv4));
    }

    [KernelFact]
    public async Task Containers_of_different_networks_do_not_reach_each_other()
    {
        await using Node node = await Node.StartAsync();
        await node.ApplyAsync("""
            apiVersion: weft.dev/v1
            kind: Network
            metadata: { name: other }
            ---
            apiVersion: weft.dev/v1
            kind: Pool
            metadata: { name: other-v4 }
            spec: { network: other, cidr: 10.78.0.0/24 }
            ---
            apiVersion: weft.dev/v1
            kind: Pool
            metadata: { name: other-v6 }
            spec: { network: other, cidr: "fd78::/64" }
            """);
        Container here = await node.AttachAsync();
        Container there = node.NewContainer();
        await there.AddAsync(configuration: node.Configuration(network: "other"));

        Assert.NotEqual(here.Result.Bridge, there.Result.Bridge);
        foreach (string address in there.Result.Addresses)
        {
            Assert.True(await node.Space.PingsAsync(address));
            Assert.False(await here.Space.PingsAsync(address), $"{address} of another network was reached");
        }
        foreach (string address in here.Result.Addresses)
        {
            Assert.False(await there.Space.PingsAsync(address), $"{address} of another network was reached");
        }
    }

    [KernelFact]
    public async Task The_result_is_what_the_container_has()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true });
        Container container = await node.AttachAsync();
        JsonElement link = Assert.Single((await container.Space.IpAsync("addr show dev eth0")).EnumerateArray().ToArray());

        Assert.Equal(container.Result.Mac, link.GetProperty("address").GetString());
        Assert.Equal(container.Result.Interface(2).GetProperty("mtu").GetInt32(), link.GetProperty("mtu").GetInt32());
        Assert.Contains("UP", link.GetProperty("flags").EnumerateArray().Select(f => f.GetString()));
        string[] have =
        [
            .. link.GetProperty("addr_info").EnumerateArray().Where(a => a.GetProperty("scope").GetString() == "global")
                .Select(a => $"{a.GetProperty("local").GetString()}/{a.GetProperty("prefixlen").GetInt32()}"),
        ];
        Assert.Equal([.. container.Result.Json.GetProperty("ips").EnumerateArray().Select(a => a.GetProperty("address").GetString()!)], have);
        foreach (JsonElement address in container.Result.Json.GetProperty("ips").EnumerateArray())
        {
            string gateway = address.GetProperty("gateway").GetString()!;
            Assert.Equal(2, address.GetProperty("interface").GetInt32());
            await RequireGatewayAsync(node, container, gateway);
        }
    }

    private static async Task RequireGatewayAsync(Node node, Container container, string gateway)
    {
        string family = gateway.Contains(':', StringComparison.Ordinal) ? "-6" : "-4";
        JsonElement route = Assert.Single((await container.Space.IpAsync($"{family} route show default")).EnumerateArray().ToArray());
        Assert.Equal(gateway, route.GetProperty("gateway").GetString());
        JsonElement neighbour = Assert.Single((await container.Space.IpAsync($"{family} neigh show to {gateway} nud permanent")).EnumerateArray().ToArray());
        JsonElement bridge = Assert.Single((await node.Space.IpAsync($"addr show dev {container.Result.Bridge}")).EnumerateArray().ToArray());
        Assert.Equal(bridge.GetProperty("address").GetString(), neighbour.GetProperty("lladdr").GetString());
        Assert.Contains(gateway, bridge.GetProperty("addr_info").EnumerateArray().Select(a => a.GetProperty("local").GetString()));
    }

    [KernelFact]
    public async Task Packets_as_large_as_the_mtu_pass_and_larger_ones_do_not()
    {
        const int ipv4AndIcmp = 20 + 8;
        await using Node node = await Node.StartAsync(new NodeOptions { World = true, UplinkMtu = 1400 });
        Container a = await node.AttachAsync();
        Container b = await node.AttachAsync();
        int mtu = a.Result.Interface(2).GetProperty("mtu").GetInt32();

        Assert.Equal(1400 - 50, mtu);
        Finished hostEnd = await node.Space.RunAsync("ip", "link", "show", "dev", a.Result.HostInterface);
        Finished containerEnd = await a.Space.RunAsync("ip", "link", "show", "dev", "eth0");
        Assert.All([hostEnd, containerEnd], end => Assert.Contains($" mtu {mtu} ", end.Output, StringComparison.Ordinal));
        Assert.True(await a.Space.PingsAsync(b.Result.IPv4, mtu - ipv4AndIcmp, mayFragment: false));
        Assert.True(await a.Space.PingsAsync(World.IPv4, mtu - ipv4AndIcmp, mayFragment: false));
        Assert.False(await a.Space.PingsAsync(b.Result.IPv4, mtu - ipv4AndIcmp + 1, mayFragment: false));
    }

    [KernelFact]
    public async Task An_unused_address_of_the_nodes_blocks_goes_nowhere()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true });
        Container container = await node.AttachAsync();
        string[] parts = container.Result.IPv4.Split('.');
        string unused = $"{parts[0]}.{parts[1]}.{parts[2]}.{(int.Parse(parts[3]) & ~63) + 60}";

        Assert.False(await container.Space.PingsAsync(unused));
        Assert.False(await node.Space.PingsAsync(unused));

        JsonElement world = (await node.World.Space.IpAsync("-s link show dev node"))[0];
        Assert.True(world.GetProperty("stats64").GetProperty("rx").GetProperty("packets").GetInt64() < 50, world.GetRawText());
    }
}
