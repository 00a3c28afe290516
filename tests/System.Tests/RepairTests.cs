using System.Text.Json;
using Weft.SystemTests.Lab;
using Weft.TestSupport;
using Xunit.Abstractions;

namespace Weft.SystemTests;

/// <summary>Somebody changes what is Weft's, while weftd runs: it is undone at once, and reported.</summary>
public sealed class RepairTests(ITestOutputHelper output)
{
    [KernelFact]
    public Task Flushed_rules() => RepairAsync("nft flush ruleset", "nftablesOwner: off");

    [KernelFact]
    public Task A_deleted_table() => RepairAsync("nft delete table bridge weft", "nftablesOwner: off");

    [KernelFact]
    public Task A_deleted_bridge() => RepairAsync("ip link del {bridge}");

    [KernelFact]
    public Task A_bridge_that_is_down() => RepairAsync("ip link set {bridge} down");

    [KernelFact]
    public Task A_bridge_without_its_addresses() => RepairAsync("ip addr flush dev {bridge}");

    [KernelFact]
    public Task A_port_that_is_not_isolated() => RepairAsync("bridge link set dev {port} isolated off");

    [KernelFact]
    public Task A_port_that_learns() => RepairAsync("bridge link set dev {port} learning on");

    [KernelFact]
    public Task A_port_taken_out_of_its_bridge() => RepairAsync("ip link set {port} nomaster");

    [KernelFact]
    public Task A_port_that_is_down() => RepairAsync("ip link set {port} down");

    [KernelFact]
    public Task A_deleted_host_route() => RepairAsync("ip route del {ipv4}/32");

    [KernelFact]
    public Task A_deleted_IPv6_host_route() => RepairAsync("ip -6 route del {ipv6}/128");

    [KernelFact]
    public Task A_deleted_neighbour() => RepairAsync("ip neigh del {ipv4} dev {bridge}");

    [KernelFact]
    public async Task Owned_rules_cannot_be_flushed()
    {
        await using Node node = await Node.StartAsync();
        Container a = await node.AttachAsync();
        Container b = await node.AttachAsync();
        string before = await Ruleset.TextAsync(node.Space);

        await node.Space.RunAsync("nft", "flush", "ruleset");
        Finished deleted = await node.Space.RunAsync("nft", "delete", "table", "bridge", "weft");

        Assert.NotEqual(0, deleted.ExitCode);
        Assert.Equal(before, await Ruleset.TextAsync(node.Space));
        Assert.True(await a.Space.PingsAsync(b.Result.IPv4));
        Assert.Equal(0, (await node.StatusAsync()).GetProperty("repairs").GetInt64());
    }

    [KernelFact]
    public async Task What_is_somebody_elses_is_left_alone()
    {
        await using Node node = await Node.StartAsync();
        Container container = await node.AttachAsync();
        await node.Space.ScriptAsync("""
            ip link add other0 type bridge
            ip link add weftlike type bridge
            ip link set other0 up
            ip addr add 10.99.0.1/24 dev other0
            ip route add 10.98.0.0/24 dev other0
            ip neigh add 10.99.0.7 lladdr 02:00:00:00:00:07 dev other0 nud permanent
            nft add table inet mine
            nft add chain inet mine forward '{ type filter hook forward priority 5; }'
            """);

        await node.Weftd.KillAsync();
        await node.StartWeftdAsync();

        Assert.Equal(0, (await node.StatusAsync()).GetProperty("reconcileOperations").GetInt64());
        Assert.Superset(new HashSet<string>(["other0", "weftlike"]), (await node.Space.LinkNamesAsync()).ToHashSet());
        Assert.Single((await node.Space.IpAsync("route show 10.98.0.0/24")).EnumerateArray().ToArray());
        Assert.Single((await node.Space.IpAsync("neigh show dev other0 nud permanent")).EnumerateArray().ToArray());
        Assert.Contains("table inet mine", await Ruleset.TextAsync(node.Space), StringComparison.Ordinal);
        (await container.CheckAsync()).SucceededSilently();
    }

    [KernelFact]
    public async Task A_bridge_that_somebody_gave_another_address_takes_containers_all_the_same()
    {
        await using Node node = await Node.StartAsync();
        Container first = await node.AttachAsync();

        await node.Space.ScriptAsync($"ip addr add 10.88.0.1/16 dev {first.Result.Bridge}");
        Container second = await node.AttachAsync();

        (await first.CheckAsync()).SucceededSilently();
        (await second.CheckAsync()).SucceededSilently();
        foreach (string address in second.Result.Addresses)
        {
            Assert.True(await first.Space.PingsAsync(address), $"{address}\n{node.Weftd.Log}");
        }
    }

    private async Task RepairAsync(string damage, string config = "")
    {
        await using Node node = await Node.StartAsync(new NodeOptions { Config = config });
        Container a = await node.AttachAsync();
        Container b = await node.AttachAsync();
        Assert.True(await a.Space.PingsAsync(b.Result.IPv4));
        string command = damage
            .Replace("{bridge}", a.Result.Bridge, StringComparison.Ordinal)
            .Replace("{port}", a.Result.HostInterface, StringComparison.Ordinal)
            .Replace("{ipv4}", a.Result.IPv4, StringComparison.Ordinal)
            .Replace("{ipv6}", a.Result.IPv6, StringComparison.Ordinal);

        await node.Space.ScriptAsync(command);

        JsonElement status = default;
        TimeSpan took = await Until.TrueAsync(
            $"`{command}` is repaired",
            async () => (status = await node.StatusAsync()).GetProperty("repairs").GetInt64() > 0
                && (await a.CheckAsync()).IsSuccess && (await b.CheckAsync()).IsSuccess,
            () => $"{status}\n{node.Weftd.Log}");
        output.WriteLine($"`{command}` was repaired, reported and checked in {took.TotalMilliseconds:0} ms");
        foreach (string address in b.Result.Addresses)
        {
            Assert.True(await a.Space.PingsAsync(address), $"{address} after `{command}`\n{node.Weftd.Log}");
        }
        Assert.True(await b.Space.PingsAsync(a.Result.IPv4), node.Weftd.Log);
        // Noticed, and not just found by the look that weftd takes from time to time.
        Assert.Contains(" after ", status.GetProperty("lastRepair").GetString()!, StringComparison.Ordinal);
        Assert.Contains("Repaired", node.Weftd.Log, StringComparison.Ordinal);
        // Once is enough: a repair must not set off the next.
        string log = node.Weftd.Log;
        Assert.True(status.GetProperty("repairs").GetInt64() <= 3, log);
    }
}
