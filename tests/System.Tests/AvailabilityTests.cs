using System.Text.Json;
using Weft.Dataplane.Nftables;
using Weft.SystemTests.Lab;
using Weft.TestSupport;

namespace Weft.SystemTests;

/// <summary>STATUS by the real programs: 50 when no ADD can be served, 51 when running containers suffer too; what it is, and the next step.</summary>
public sealed class AvailabilityTests
{
    [KernelFact]
    public async Task A_stopped_weftd_is_50_with_its_socket_and_the_command_that_tells_more()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true });
        (await node.StatusCallAsync()).SucceededSilently();
        await node.Weftd.StopAsync();

        CniAnswer stopped = (await node.StatusCallAsync()).Failed(50);

        Assert.Contains(node.CniSocket, stopped.Message, StringComparison.Ordinal);
        Assert.Contains("systemctl status weftd", stopped.Details, StringComparison.Ordinal);
        await node.StartWeftdAsync();
        (await node.StatusCallAsync()).SucceededSilently();
    }

    [KernelFact]
    public async Task Exhausted_addresses_are_50_with_the_pool_and_what_to_add()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true, Config = "defaultNetwork: { ipv4: 10.5.0.0/30, ipv6: none }" });
        while ((await node.NewContainer().TryAddAsync()).IsSuccess)
        {
        }

        CniAnswer exhausted = (await node.StatusCallAsync()).Failed(50);

        Assert.Contains("default-v4", exhausted.Message, StringComparison.Ordinal);
        Assert.Contains("10.5.0.0/30", exhausted.Message, StringComparison.Ordinal);
        Assert.Contains("add a Pool", exhausted.Details, StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task A_missing_uplink_is_51_with_what_to_do()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true });
        foreach (string damage in (string[])["ip addr flush dev eth0", "ip link del eth0"])
        {
            // By IPv6 the node would still have a way out.
            await node.Space.ScriptAsync($"ip -6 route flush default 2>/dev/null || true\n{damage}");
            CniAnswer missing = (await node.StatusCallAsync()).Failed(51);

            Assert.Contains("uplink", missing.Message, StringComparison.Ordinal);
            Assert.Contains("default route", missing.Details, StringComparison.Ordinal);
            Assert.Contains("config file", missing.Details, StringComparison.Ordinal);
        }
    }

    [KernelFact]
    public async Task Rules_that_cannot_be_set_are_51_and_no_container_starts()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true, Config = "nftablesOwner: off" });
        await node.Weftd.StopAsync();
        await node.Space.ScriptAsync("nft delete table inet weft");
        using (NftSocket other = node.Space.Open(() => NftSocket.Open()))
        {
            var transaction = new NftTransaction();
            transaction.In(new NftTable(NftFamily.Inet, "weft", NftTableFlags.Owner)).Create();
            other.Commit(transaction);      // somebody else's, for as long as the socket is open
            await node.StartWeftdAsync();

            CniAnswer status = (await node.StatusCallAsync()).Failed(51);
            CniAnswer add = (await node.NewContainer().TryAddAsync()).Failed(103);

            Assert.All([status, add], answer =>
            {
                Assert.Contains("inet weft", answer.Message, StringComparison.Ordinal);
                Assert.Contains("weft status", answer.Details, StringComparison.Ordinal);
            });
        }
        // Any change of configuration makes weftd look.
        await node.ApplyAsync("""
            { apiVersion: weft.dev/v1, kind: Network, metadata: { name: blue }, spec: {} }
            """);
        await Until.TrueAsync("the rules are in place", async () => (await node.StatusCallAsync()).IsSuccess, () => node.Weftd.Log);
        await node.AttachAsync();
    }

    [KernelFact]
    public async Task Rules_of_others_that_let_nothing_pass_are_51_and_a_condition_with_their_name_and_what_to_do()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true });
        Container a = await node.AttachAsync();
        Container b = await node.AttachAsync();
        await node.Space.ScriptAsync("iptables -P FORWARD DROP");
        Assert.False(await a.Space.PingsAsync(b.Result.IPv4));

        CniAnswer status = (await node.StatusCallAsync()).Failed(51);
        JsonElement condition = (await node.StatusAsync()).GetProperty("conditions").EnumerateArray().Single(c => c.GetProperty("name").GetString() == "forwarding");

        Assert.Contains("chain FORWARD of table ip filter", status.Message, StringComparison.Ordinal);
        Assert.Contains("iptables -I FORWARD -i weft+ -j ACCEPT", status.Details, StringComparison.Ordinal);
        Assert.Equal("Degraded", condition.GetProperty("health").GetString());
        string message = condition.GetProperty("message").GetString()!;
        Assert.Contains("chain FORWARD of table ip filter", message, StringComparison.Ordinal);

        // What it says helps.
        await node.Space.ScriptAsync(string.Join('\n', message.Split('`').Where((_, i) => i % 2 == 1)));
        (await node.StatusCallAsync()).SucceededSilently();
        Assert.True(await a.Space.PingsAsync(b.Result.IPv4));
        Assert.True(await a.Space.PingsAsync(World.IPv4));
    }
}
