using System.Text.Json.Nodes;
using Weft.SystemTests.Lab;
using Weft.TestSupport;

namespace Weft.SystemTests;

/// <summary>CHECK, GC and STATUS, as CNI 1.1 wants them.</summary>
public sealed class VerbTests
{
    [KernelFact]
    public async Task Check_passes_right_after_add()
    {
        await using Node node = await Node.StartAsync();
        Container container = await node.AttachAsync();

        (await container.CheckAsync()).SucceededSilently();
    }

    [KernelFact]
    public async Task Check_passes_when_the_configuration_wants_a_smaller_mtu_than_the_networks()
    {
        await using Node node = await Node.StartAsync();
        Container container = node.NewContainer();
        JsonObject configuration = node.Configuration();
        configuration["mtu"] = 1300;
        CniAnswer added = (await node.CallAsync(container.Call("ADD", configuration: configuration))).Succeeded();
        Assert.Equal(1300, added.Interface(2).GetProperty("mtu").GetInt32());

        configuration["prevResult"] = JsonNode.Parse(added.Json.GetRawText());
        (await node.CallAsync(container.Call("CHECK", configuration: configuration))).SucceededSilently();
    }

    [KernelFact]
    public async Task Check_needs_what_add_answered_and_a_version_that_has_it()
    {
        await using Node node = await Node.StartAsync();
        Container container = await node.AttachAsync();

        CniAnswer without = (await node.CallAsync(container.Call("CHECK"))).Failed(7);
        Assert.Contains("prevResult", without.Message, StringComparison.Ordinal);
        (await node.CallAsync(container.Call("CHECK", configuration: node.Configuration("0.3.1")))).Failed(1);
    }

    [KernelFact]
    public async Task Check_names_what_is_missing()
    {
        await using Node node = await Node.StartAsync();
        Container container = await node.AttachAsync();
        await container.Space.ScriptAsync($"ip addr del {container.Result.IPv4}/32 dev eth0");

        CniAnswer answer = await container.CheckAsync();

        Assert.InRange(answer.Code, 100, 998);
        Assert.Contains(container.Result.IPv4, answer.Message, StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task Check_passes_when_a_later_plugin_has_set_another_mac()
    {
        const string other = "02:00:00:00:12:34";
        await using Node node = await Node.StartAsync();
        Container container = await node.AttachAsync();
        string gateway = container.Result.Json.GetProperty("ips")[0].GetProperty("gateway").GetString()!;
        string mac = (await node.Space.IpAsync($"link show dev {container.Result.Bridge}"))[0].GetProperty("address").GetString()!;
        // The kernel forgets a link's neighbours with its MAC; a plugin that sets another one makes them anew.
        await container.Space.ScriptAsync($"""
            ip link set eth0 address {other}
            ip neigh replace {gateway} lladdr {mac} dev eth0 nud permanent
            ip neigh replace fe80::1 lladdr {mac} dev eth0 nud permanent
            """);
        JsonObject result = JsonNode.Parse(container.Result.Run.Output)!.AsObject();
        result["interfaces"]![2]!["mac"] = other;
        JsonObject configuration = node.Configuration();
        configuration["prevResult"] = result;

        (await node.CallAsync(container.Call("CHECK", configuration: configuration))).SucceededSilently();
    }

    [KernelFact]
    public async Task Check_of_a_container_that_was_deleted_fails()
    {
        await using Node node = await Node.StartAsync();
        Container container = await node.AttachAsync();
        await container.DelAsync();

        Assert.False((await container.CheckAsync()).IsSuccess);
    }

    [KernelFact]
    public async Task Gc_removes_what_is_not_listed_and_nothing_else()
    {
        await using Node node = await Node.StartAsync();
        Container kept = await node.AttachAsync();
        Container lost = await node.AttachAsync();
        Container elsewhere = node.NewContainer();
        await elsewhere.AddAsync(configuration: node.Configuration(network: "another-list"));

        (await node.CollectAsync(kept)).SucceededSilently();

        await node.EndpointsAsync(2);
        (await kept.CheckAsync()).SucceededSilently();
        Assert.True(await kept.Space.PingsAsync(elsewhere.Result.IPv4));
        Assert.False(await kept.Space.PingsAsync(lost.Result.IPv4));
        (await node.CollectAsync(kept)).SucceededSilently();
        await kept.DelAsync();
        await elsewhere.DelAsync(node.Configuration(network: "another-list"));
        await Leftovers.RequireNoneAsync(node);
    }

    [KernelFact]
    public async Task Gc_with_an_empty_list_or_null_removes_everything()
    {
        await using Node node = await Node.StartAsync();
        foreach (string? list in (string?[])["[]", null])
        {
            await node.AttachAsync();
            JsonObject configuration = node.Configuration();
            configuration["cni.dev/valid-attachments"] = list is null ? null : JsonNode.Parse(list);

            (await node.CallAsync(CniCall.Of("GC", "", "", configuration, interfaceName: ""))).SucceededSilently();

            await Leftovers.RequireNoneAsync(node);
        }
    }

    [KernelFact]
    public async Task Gc_without_any_list_is_refused_and_the_older_key_is_taken()
    {
        await using Node node = await Node.StartAsync();
        Container kept = await node.AttachAsync();
        await node.AttachAsync();

        (await node.CallAsync(CniCall.Of("GC", "", "", node.Configuration(), interfaceName: ""))).Failed(7);
        await node.EndpointsAsync(2);
        JsonObject configuration = node.Configuration();
        configuration["cni.dev/attachments"] = new JsonArray(new JsonObject { ["containerID"] = kept.Id, ["ifname"] = "eth0" });
        (await node.CallAsync(CniCall.Of("GC", "", "", configuration, interfaceName: ""))).SucceededSilently();

        await node.EndpointsAsync(1);
        (await kept.CheckAsync()).SucceededSilently();
    }

    [KernelFact]
    public async Task Gc_and_status_need_version_1_1()
    {
        await using Node node = await Node.StartAsync();

        (await node.CallAsync(CniCall.Of("GC", "", "", node.Configuration("1.0.0"), interfaceName: ""))).Failed(1);
        (await node.StatusCallAsync(node.Configuration("1.0.0"))).Failed(1);
    }

    [KernelFact]
    public async Task Status_is_51_without_a_way_out_of_the_node()
    {
        await using Node node = await Node.StartAsync();

        Assert.Contains("uplink", (await node.StatusCallAsync()).Failed(51).Message, StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task Status_says_nothing_while_all_is_well_and_50_when_weftd_is_down()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true });

        (await node.StatusCallAsync()).SucceededSilently();
        await node.Weftd.KillAsync();
        CniAnswer down = (await node.StatusCallAsync()).Failed(50);

        Assert.Contains(node.CniSocket, down.Message, StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task Status_of_an_unknown_network_is_50()
    {
        await using Node node = await Node.StartAsync();
        JsonObject configuration = node.Configuration();
        configuration["network"] = "nowhere";

        CniAnswer answer = (await node.StatusCallAsync(configuration)).Failed(50);

        Assert.Contains("nowhere", answer.Message, StringComparison.Ordinal);
    }
}
