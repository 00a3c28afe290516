using System.Text.Json.Nodes;
using Weft.SystemTests.Lab;
using Weft.TestSupport;

namespace Weft.SystemTests;

/// <summary>Calls that make no sense get the code of the specification, a message that names the thing, and change nothing.</summary>
public sealed class BadInputTests
{
    [KernelFact]
    public async Task What_is_not_json_is_code_6()
    {
        await using Node node = await Node.StartAsync();
        Container container = node.NewContainer();
        CniCall call = container.Call("ADD");

        foreach (string input in (string[])["{nope", "", "[]", "\"text\"", "{\"cniVersion\":", "{\"cniVersion\":\"1.1.0\"} trailing", "\0\0\0"])
        {
            (await node.CallAsync(call with { Input = input })).Failed(6);
        }
        // Deeper than any configuration, and larger than one may be.
        (await node.CallAsync(call with { Input = string.Concat(Enumerable.Repeat("{\"a\":", 100_000)) })).Failed(6);
        (await node.CallAsync(call with { Input = "{\"name\":\"" + new string('x', 9 << 20) + "\"}" })).Failed(6);
        await RequireUnharmedAsync(node);
    }

    [KernelFact]
    public async Task Missing_variables_are_named_all_at_once()
    {
        await using Node node = await Node.StartAsync();
        CniCall call = node.NewContainer().Call("ADD");

        foreach (string name in (string[])["CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME"])
        {
            Assert.Contains(name, (await node.CallAsync(call.With(name, null))).Failed(4).Message, StringComparison.Ordinal);
        }
        CniAnswer both = (await node.CallAsync(call.With("CNI_IFNAME", null).With("CNI_CONTAINERID", ""))).Failed(4);
        Assert.Contains("CNI_IFNAME", both.Message, StringComparison.Ordinal);
        Assert.Contains("CNI_CONTAINERID", both.Message, StringComparison.Ordinal);
        await RequireUnharmedAsync(node);
    }

    [KernelFact]
    public async Task Wrong_values_of_variables_are_refused_and_shown()
    {
        await using Node node = await Node.StartAsync();
        CniCall call = node.NewContainer().Call("ADD");

        foreach (string id in (string[])["../x", "-a", "a b", "a/b"])
        {
            Assert.Contains(id, (await node.CallAsync(call.With("CNI_CONTAINERID", id))).Failed(4).Message, StringComparison.Ordinal);
        }
        foreach (string name in (string[])["sixteen-letters-", "a/b", "a:b", "a b", ".", ".."])
        {
            Assert.Contains(name, (await node.CallAsync(call.With("CNI_IFNAME", name))).Failed(4).Message, StringComparison.Ordinal);
        }
        foreach (string arguments in (string[])["nonsense", "MAC=zz", "IP=300.1.1.1", "UNKNOWN=1"])
        {
            CniAnswer answer = await node.CallAsync(call.With("CNI_ARGS", arguments));
            Assert.True(answer.Code is 4 or 7, answer.Run.ToString());
            Assert.Contains(arguments.Split('=')[0], answer.Message, StringComparison.Ordinal);
        }
        Assert.Contains("FROB", (await node.CallAsync(call.With("CNI_COMMAND", "FROB"))).Failed(4).Message, StringComparison.Ordinal);
        await RequireUnharmedAsync(node);
    }

    [KernelFact]
    public async Task Wrong_values_of_the_configuration_are_code_7_and_shown()
    {
        await using Node node = await Node.StartAsync();
        foreach (string name in (string[])["", "../x", "a b", "-a"])
        {
            JsonObject named = node.Configuration();
            named["name"] = name;
            Assert.Contains("name", (await node.CallAsync(node.NewContainer().Call("ADD", configuration: named))).Failed(7).Message, StringComparison.Ordinal);
        }
        JsonObject nameless = node.Configuration();
        nameless.Remove("name");
        (await node.CallAsync(node.NewContainer().Call("ADD", configuration: nameless))).Failed(7);

        JsonObject unknown = node.Configuration();
        unknown["network"] = "nowhere";
        CniAnswer answer = (await node.CallAsync(node.NewContainer().Call("ADD", configuration: unknown))).Failed(7);
        Assert.Contains("nowhere", answer.Message, StringComparison.Ordinal);
        Assert.Contains("weft get networks", answer.Details, StringComparison.Ordinal);
        await RequireUnharmedAsync(node);
    }

    [KernelFact]
    public async Task Versions_that_nobody_knows_are_code_1()
    {
        await using Node node = await Node.StartAsync();

        (await node.CallAsync(node.NewContainer().Call("ADD", configuration: node.Configuration("9.9.9")))).Failed(1);
        JsonObject without = node.Configuration();
        without.Remove("cniVersion");
        (await node.CallAsync(node.NewContainer().Call("ADD", configuration: without))).Failed(1);
        await RequireUnharmedAsync(node);
    }

    [KernelFact]
    public async Task Absurd_sizes_are_refused_by_name()
    {
        await using Node node = await Node.StartAsync();
        CniCall call = node.NewContainer().Call("ADD");

        CniAnswer longId = await node.CallAsync(call.With("CNI_CONTAINERID", new string('a', 100_000)));
        Assert.InRange(longId.Code, 4, 7);
        Assert.Contains("container", longId.Message, StringComparison.OrdinalIgnoreCase);
        Assert.True(longId.Message.Length < 2000, "the message repeats all of an absurd value");

        JsonObject labelled = node.Configuration();
        labelled["args"] = new JsonObject
        {
            ["cni"] = new JsonObject
            {
                ["labels"] = new JsonArray([.. Enumerable.Range(0, 10_000).Select(i => new JsonObject { ["key"] = $"k{i}", ["value"] = "v" })]),
            },
        };
        CniAnswer manyLabels = await node.CallAsync(call with { Input = labelled.ToJsonString() });
        Assert.InRange(manyLabels.Code, 4, 7);
        Assert.Contains("labels", manyLabels.Message, StringComparison.Ordinal);
        await RequireUnharmedAsync(node);
    }

    [KernelFact]
    public async Task A_wanted_address_is_given_once_and_only_from_a_pool()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { Config = "defaultNetwork: { ipv4: 10.6.0.0/24, ipv6: none }" });
        Container first = node.NewContainer();
        Container second = node.NewContainer();

        Assert.Equal("10.6.0.77", (await first.AddAsync("IP=10.6.0.77;IgnoreUnknown=1")).IPv4);
        CniAnswer taken = await second.TryAddAsync("IP=10.6.0.77;IgnoreUnknown=1");
        CniAnswer outside = await second.TryAddAsync("IP=192.0.2.1;IgnoreUnknown=1");

        Assert.InRange(taken.Code, 100, 998);
        Assert.Contains("10.6.0.77", taken.Message, StringComparison.Ordinal);
        Assert.InRange(outside.Code, 100, 998);
        Assert.Contains("192.0.2.1", outside.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("eth0", await second.Space.LinkNamesAsync());
        (await first.CheckAsync()).SucceededSilently();
        await first.DelAsync();
        await Leftovers.RequireNoneAsync(node);
    }

    [KernelFact]
    public async Task Run_by_hand_it_introduces_itself()
    {
        await using Node node = await Node.CreateAsync();

        Finished run = await node.RunPluginAsync(new CniCall(new Dictionary<string, string>(), ""));

        Assert.Equal(0, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.Contains("CNI protocol versions supported", run.Error, StringComparison.Ordinal);
    }

    /// <summary>Nothing is left of refused calls, and weftd still serves.</summary>
    private static async Task RequireUnharmedAsync(Node node)
    {
        await Leftovers.RequireNoneAsync(node);
        Container container = await node.AttachAsync();
        (await container.CheckAsync()).SucceededSilently();
    }
}
