using System.Text.Json;
using Weft.Dataplane.Conntrack;
using Weft.SystemTests.Lab;
using Weft.TestSupport;

namespace Weft.SystemTests;

/// <summary>An address that another container had a moment ago, with another MAC, works at once: docs/decisions/0008-nothing-to-announce.md.</summary>
public sealed class FreshAddressTests
{
    // The same endpoint comes back, so it gets the address that still cools.
    private const string Pod = "IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web";
    private const string Mac = "02:00:00:00:00:99";

    [KernelFact]
    public async Task The_first_packet_to_a_used_address_with_another_mac_arrives_from_everywhere()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true });
        Container old = await node.AttachAsync(Pod);
        Container neighbour = await node.AttachAsync();
        string[] addresses = [.. old.Result.Addresses];
        await node.World.Space.ScriptAsync($"""
            ip route add {old.Result.IPv4}/32 via {World.NodeIPv4}
            ip -6 route add {addresses.First(a => a.Contains(':', StringComparison.Ordinal))}/128 via {World.NodeIPv6}
            """);
        Space[] askers = [node.Space, neighbour.Space, node.World.Space];
        foreach (string address in addresses)
        {
            foreach (Space asker in askers)
            {
                Assert.True(await asker.PingsAsync(address));    // whoever could remember the old MAC has seen it now
            }
        }
        await old.DelAsync();

        Container next = node.NewContainer();
        await next.AddAsync($"{Pod};MAC={Mac}");

        Assert.Equal(addresses, next.Result.Addresses);
        Assert.Equal(Mac, next.Result.Mac);
        foreach (string address in addresses)
        {
            foreach (Space asker in askers)
            {
                Finished ping = await asker.RunAsync("ping", "-n", "-c", "1", "-W", "5", address);
                Assert.True(ping.ExitCode == 0, ping.ToString());
            }
        }
    }

    [KernelFact]
    public async Task Nothing_remembers_a_container_that_is_gone()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true, Config = "addressCoolDown: 0" });
        Container old = node.NewContainer();
        await old.AddAsync($"IgnoreUnknown=1;MAC={Mac}");
        Container neighbour = await node.AttachAsync();
        foreach (string address in old.Result.Addresses)
        {
            Assert.True(await neighbour.Space.PingsAsync(address));
            Assert.True(await node.Space.PingsAsync(address));
        }
        Assert.True(await old.Space.PingsAsync(World.IPv4));
        Assert.Contains(Mac, await ResidueAsync(node), StringComparison.Ordinal);

        await old.DelAsync();

        // The link itself is deleted with others, a moment later.
        string residue = "";
        await Until.TrueAsync(
            "no neighbour, forwarding entry, route or connection of the container is left",
            async () => !Mentions(residue = await ResidueAsync(node), old),
            () => residue);
        foreach (string line in (await neighbour.Space.RunAsync("ip", "neigh", "show")).Output.Split('\n'))
        {
            Assert.DoesNotContain(Mac, line, StringComparison.Ordinal);
        }
    }

    [KernelFact]
    public async Task No_address_is_tentative_when_ADD_returns()
    {
        await using Node node = await Node.StartAsync();
        Container container = await node.AttachAsync();

        JsonElement links = await container.Space.IpAsync("addr show dev eth0");

        List<JsonElement> addresses = [.. links.EnumerateArray().SelectMany(l => l.GetProperty("addr_info").EnumerateArray())];
        Assert.Equal(2, addresses.Count(a => a.GetProperty("scope").GetString() == "global"));
        Assert.All(addresses, a => Assert.False(a.TryGetProperty("tentative", out _), a.ToString()));
    }

    private static bool Mentions(string residue, Container container) =>
        residue.Contains(Mac, StringComparison.Ordinal)
        || container.Result.Addresses.Any(a => residue.Split([' ', '\n', ',', '=', '"'], StringSplitOptions.RemoveEmptyEntries).Contains(a));

    private static async Task<string> ResidueAsync(Node node)
    {
        string[][] dumps =
        [
            ["ip", "-4", "neigh", "show", "nud", "all"],
            ["ip", "-6", "neigh", "show", "nud", "all"],
            ["bridge", "fdb", "show"],
            ["ip", "-4", "route", "show", "table", "all"],
            ["ip", "-6", "route", "show", "table", "all"],
            ["nft", "list", "ruleset"],
        ];
        var texts = new List<string>();
        foreach (string[] dump in dumps)
        {
            texts.Add((await node.Space.RunAsync(dump)).Succeeded().Output);
        }
        using ConntrackSocket conntrack = node.Space.Open(() => ConntrackSocket.Open());
        return string.Join('\n', texts) + "\n" + string.Join('\n', conntrack.Entries().Select(e => $"{e.Original.Source} {e.Original.Destination} {e.Reply.Source} {e.Reply.Destination}"));
    }
}
