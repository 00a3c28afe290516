using Weft.SystemTests.Lab;
using Weft.TestSupport;

namespace Weft.SystemTests;

/// <summary>
/// CHECK by the real programs names each thing that somebody changed inside of a container, with what it is and should be. (What is changed on
/// the node's side is repaired before anybody could ask: RepairTests.)
/// </summary>
public sealed class CheckTests
{
    [KernelFact]
    public async Task What_was_changed_in_a_container_is_named()
    {
        await using Node node = await Node.StartAsync();
        foreach ((string damage, string expected) in Damages)
        {
            Container container = await node.AttachAsync();
            string gateway4 = container.Result.Json.GetProperty("ips").EnumerateArray()
                .Select(i => i.GetProperty("gateway").GetString()!).First(g => g.Contains('.', StringComparison.Ordinal));
            string bridgeMac = container.Result.Interface(0).GetProperty("mac").GetString()!;
            string Fill(string text) => text
                .Replace("{ipv4}", container.Result.IPv4, StringComparison.Ordinal)
                .Replace("{ipv6}", container.Result.IPv6, StringComparison.Ordinal)
                .Replace("{gateway4}", gateway4, StringComparison.Ordinal)
                .Replace("{bridgemac}", bridgeMac, StringComparison.Ordinal)
                .Replace("{mac}", container.Result.Mac, StringComparison.Ordinal);
            (await container.CheckAsync()).SucceededSilently();

            await container.Space.ScriptAsync(Fill(damage));
            CniAnswer answer = (await container.CheckAsync()).Failed(105);

            Assert.True(answer.Message.Contains(Fill(expected), StringComparison.Ordinal), $"`{Fill(damage)}`: {Fill(expected)}\n{answer.Run}");
            await container.DelAsync();
        }
        await Leftovers.RequireNoneAsync(node);
    }

    [KernelFact]
    public async Task Several_changes_are_all_named_at_once()
    {
        await using Node node = await Node.StartAsync();
        Container container = await node.AttachAsync();
        await container.Space.ScriptAsync("""
            ip -4 route del default
            ip -6 route del default
            ip link set eth0 mtu 1280
            """);

        CniAnswer answer = (await container.CheckAsync()).Failed(105);

        string all = answer.Message + answer.Details;
        Assert.All((string[])["IPv4 default route", "IPv6 default route", "MTU 1280"], said => Assert.Contains(said, all, StringComparison.Ordinal));
    }

    [KernelFact]
    public async Task A_host_end_that_is_gone_is_named()
    {
        await using Node node = await Node.StartAsync();
        Container container = await node.AttachAsync();
        await node.Space.ScriptAsync($"ip link del {container.Result.HostInterface}");

        CniAnswer answer = (await container.CheckAsync()).Failed(105);

        Assert.Contains($"the host interface {container.Result.HostInterface} is missing", answer.Message, StringComparison.Ordinal);
        await container.DelAsync();
        await Leftovers.RequireNoneAsync(node);
    }

    private static readonly (string Damage, string Expected)[] Damages =
    [
        ("ip addr del {ipv4}/32 dev eth0", "eth0 in the container lacks its address {ipv4}/32"),
        ("ip addr del {ipv6}/128 dev eth0", "eth0 in the container lacks its address {ipv6}/128"),
        ("ip -4 route del default", "the container lacks its IPv4 default route via {gateway4} dev eth0"),
        ("ip -6 route del default", "the container lacks its IPv6 default route via fe80::1 dev eth0"),
        ("ip -4 route replace default dev eth0", "the container lacks its IPv4 default route via {gateway4} dev eth0"),
        ("ip neigh del {gateway4} dev eth0", "the container lacks its neighbour entry {gateway4} lladdr {bridgemac} dev eth0"),
        ("ip neigh del fe80::1 dev eth0", "the container lacks its neighbour entry fe80::1 lladdr {bridgemac} dev eth0"),
        ("ip neigh replace {gateway4} lladdr 02:00:00:00:00:01 dev eth0 nud permanent", "the container lacks its neighbour entry {gateway4} lladdr {bridgemac} dev eth0"),
        ("ip link set eth0 address 02:00:00:00:00:02", "eth0 in the container has MAC 02:00:00:00:00:02, and should have {mac}"),
        ("ip link set eth0 mtu 1300", "eth0 in the container has MTU 1300, and should have "),
        ("ip link set eth0 down", "eth0 in the container is down, and should be up"),
        ("ip link set eth0 down; ip link set eth0 name other", "the container has no interface eth0"),
    ];
}
