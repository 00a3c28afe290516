using System.Text.Json;
using Weft.SystemTests.Lab;
using Weft.TestSupport;

namespace Weft.SystemTests;

/// <summary>ADD and DEL as runtimes repeat, misplace and delay them.</summary>
public sealed class LifecycleTests
{
    [KernelFact]
    public async Task Nothing_is_left_after_an_add_and_a_del()
    {
        await using Node node = await Node.StartAsync();
        Container container = await node.AttachAsync();

        JsonElement endpoint = Assert.Single(await node.EndpointsAsync(1));
        Assert.Equal(container.Result.Addresses, [.. endpoint.GetProperty("status").GetProperty("addresses").EnumerateArray().Select(a => a.GetString()!)]);
        await container.DelAsync();

        await Leftovers.RequireNoneAsync(node);
        Assert.DoesNotContain("eth0", await container.Space.LinkNamesAsync());
    }

    [KernelFact]
    public async Task A_second_add_of_a_live_container_fails_and_leaves_the_first_alone()
    {
        await using Node node = await Node.StartAsync();
        Container first = await node.AttachAsync();
        Container other = await node.AttachAsync();

        CniAnswer second = await first.TryAddAsync();

        Assert.InRange(second.Code, 100, 998);
        Assert.Contains("eth0", second.Message, StringComparison.Ordinal);
        Assert.True(await first.Space.PingsAsync(other.Result.IPv4));
        Assert.True(await other.Space.PingsAsync(first.Result.IPv6));
        (await first.CheckAsync()).SucceededSilently();
        await first.DelAsync();
        await other.DelAsync();
        await Leftovers.RequireNoneAsync(node);
    }

    [KernelFact]
    public async Task An_interface_of_that_name_in_the_container_is_not_touched()
    {
        await using Node node = await Node.StartAsync();
        Container container = node.NewContainer();
        await container.Space.ScriptAsync("ip link add eth0 type bridge");

        CniAnswer answer = await container.TryAddAsync();

        Assert.InRange(answer.Code, 100, 998);
        Assert.Contains("eth0", answer.Message, StringComparison.Ordinal);
        JsonElement link = Assert.Single((await container.Space.IpAsync("link show dev eth0")).EnumerateArray().ToArray());
        Assert.Equal("bridge", link.GetProperty("linkinfo").GetProperty("info_kind").GetString());
        await Leftovers.RequireNoneAsync(node);
    }

    [KernelFact]
    public async Task A_container_can_have_two_interfaces_and_lose_one()
    {
        await using Node node = await Node.StartAsync();
        Container container = await node.AttachAsync();
        CniCall second = container.Call("ADD").With("CNI_IFNAME", "net1");

        CniAnswer answer = await node.CallAsync(second);

        // Both would be default routes: the second network is expected to be another one, and says so, or to work beside the first.
        if (answer.IsSuccess)
        {
            (await node.CallAsync(second.With("CNI_COMMAND", "DEL"))).SucceededSilently();
        }
        else
        {
            Assert.Contains("net1", answer.Message + answer.Details, StringComparison.Ordinal);
        }
        (await container.CheckAsync()).SucceededSilently();
        await container.DelAsync();
        await Leftovers.RequireNoneAsync(node);
    }

    [KernelFact]
    public async Task Del_succeeds_twice_and_for_a_container_that_never_was()
    {
        await using Node node = await Node.StartAsync();
        Container container = await node.AttachAsync();

        await container.DelAsync();
        await container.DelAsync();
        await node.NewContainer("never-added").DelAsync();

        await Leftovers.RequireNoneAsync(node);
    }

    [KernelFact]
    public async Task Del_works_when_the_namespace_is_gone()
    {
        await using Node node = await Node.StartAsync();
        Container container = await node.AttachAsync();
        CniCall del = container.Call("DEL");

        container.Dispose();
        (await node.CallAsync(del.With("CNI_NETNS", ""))).SucceededSilently();
        (await node.CallAsync(del)).SucceededSilently();
        (await node.CallAsync(del.With("CNI_NETNS", null))).SucceededSilently();

        await Leftovers.RequireNoneAsync(node);
    }

    [KernelFact]
    public async Task Del_works_when_somebody_has_deleted_the_rules()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { Config = "nftablesOwner: off" });
        Container first = await node.AttachAsync();
        Container second = await node.AttachAsync();

        await node.Space.ScriptAsync("nft flush ruleset");
        await first.DelAsync();
        await node.Space.ScriptAsync("nft delete table bridge weft 2>/dev/null || true\nnft delete table inet weft 2>/dev/null || true");
        await second.DelAsync();

        await Leftovers.RequireNoneAsync(node);
    }

    [KernelFact]
    public async Task Del_works_when_the_link_is_gone_already()
    {
        await using Node node = await Node.StartAsync();
        Container container = await node.AttachAsync();

        await node.Space.ScriptAsync($"ip link del {container.Result.HostInterface}");
        await container.DelAsync();

        await Leftovers.RequireNoneAsync(node);
    }

    [KernelFact]
    public async Task Del_works_while_weftd_is_down_and_is_told_to_it_later()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { Config = "addressCoolDown: 0" });
        Container gone = await node.AttachAsync();
        Container stays = await node.AttachAsync();
        await node.Weftd.KillAsync();

        await gone.DelAsync();
        Assert.DoesNotContain(gone.Result.HostInterface, await node.Space.LinkNamesAsync());
        Assert.Single(Directory.GetFiles(node.NotesDirectory));
        await gone.DelAsync();
        await node.StartWeftdAsync();

        JsonElement endpoint = Assert.Single(await node.EndpointsAsync(1));
        Assert.Equal(stays.Id, endpoint.GetProperty("status").GetProperty("containerId").GetString());
        Assert.Empty(Directory.GetFiles(node.NotesDirectory));
        Assert.All((await node.StatusAsync()).GetProperty("pools").EnumerateArray(), p => Assert.Equal(1, p.GetProperty("used").GetInt32()));
        (await stays.CheckAsync()).SucceededSilently();
        await stays.DelAsync();
        await Leftovers.RequireNoneAsync(node);
    }

    [KernelFact]
    public async Task A_container_added_again_while_its_del_is_still_noted_is_kept()
    {
        await using Node node = await Node.StartAsync();
        Container container = await node.AttachAsync();
        await node.Weftd.KillAsync();
        await container.DelAsync();
        await node.StartWeftdAsync();

        await container.AddAsync();
        await node.Weftd.KillAsync();
        await node.StartWeftdAsync();

        (await container.CheckAsync()).SucceededSilently();
    }

    [KernelFact]
    public async Task Add_says_try_again_while_weftd_is_down()
    {
        await using Node node = await Node.StartAsync();
        await node.Weftd.KillAsync();
        Container container = node.NewContainer();

        CniAnswer answer = (await container.TryAddAsync()).Failed(11);

        Assert.Contains(node.CniSocket, answer.Message, StringComparison.Ordinal);
        Assert.Contains("weftd", answer.Details, StringComparison.Ordinal);
        Assert.DoesNotContain("eth0", await container.Space.LinkNamesAsync());
        await node.StartWeftdAsync();
        await container.AddAsync();
    }

    [KernelFact]
    public async Task The_nodes_own_namespace_is_refused_before_anything_is_made()
    {
        await using Node node = await Node.StartAsync();
        IReadOnlyList<string> before = await node.Space.LinkNamesAsync();

        foreach (string path in (string[])[node.Space.Path, "/proc/self/ns/net"])
        {
            CniAnswer answer = (await node.CallAsync(CniCall.Of("ADD", "host", path, node.Configuration()))).Failed(8);
            Assert.Contains(path, answer.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, await node.Space.LinkNamesAsync());
        await Leftovers.RequireNoneAsync(node);
    }

    [KernelFact]
    public async Task A_namespace_that_does_not_exist_is_refused_before_anything_is_made()
    {
        await using Node node = await Node.StartAsync();
        string notThere = Path.Combine(node.Scratch, "no-such-namespace");
        string notOne = Path.Combine(node.Scratch, "weftd.yaml");

        foreach (string path in (string[])[notThere, notOne])
        {
            CniAnswer answer = (await node.CallAsync(CniCall.Of("ADD", "lost", path, node.Configuration()))).Failed(8);
            Assert.Contains(path, answer.Message, StringComparison.Ordinal);
        }

        await Leftovers.RequireNoneAsync(node);
    }

    [KernelFact]
    public async Task Many_containers_come_and_go()
    {
        const int count = 200;
        await using Node node = await Node.StartAsync(new NodeOptions { Config = "defaultNetwork: { ipv4: 10.9.0.0/16, ipv6: auto }" });
        List<Container> containers = [];
        for (int i = 0; i < count; i++)
        {
            containers.Add(await node.AttachAsync());
        }

        Assert.Equal(2 * count, containers.SelectMany(c => c.Result.Addresses).Distinct().Count());
        Assert.Equal(count, (await Ruleset.ElementsAsync(node.Space, "bridge", "ports4")).Count);
        await node.EndpointsAsync(count);
        Assert.True(await containers[0].Space.PingsAsync(containers[^1].Result.IPv4));
        Assert.True(await containers[^1].Space.PingsAsync(containers[count / 2].Result.IPv6));
        foreach (Container container in containers)
        {
            await container.DelAsync();
        }
        await Leftovers.RequireNoneAsync(node);
    }

    [KernelFact]
    public async Task Twenty_at_a_time_are_added_to_and_deleted_from_a_fresh_node()
    {
        await using Node node = await Node.StartAsync();
        Container[] containers = [.. Enumerable.Range(0, 20).Select(_ => node.NewContainer())];

        await Task.WhenAll(containers.Select(c => c.AddAsync()));

        Assert.Equal(40, containers.SelectMany(c => c.Result.Addresses).Distinct().Count());
        Assert.True(await containers[0].Space.PingsAsync(containers[19].Result.IPv4));
        await Task.WhenAll(containers.Select(c => c.DelAsync()));
        await Leftovers.RequireNoneAsync(node);
    }
}
