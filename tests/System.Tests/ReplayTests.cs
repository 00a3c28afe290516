using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.SystemTests.Lab;
using Weft.TestSupport;

namespace Weft.SystemTests;

/// <summary>
/// Calls recorded from runtimes, given to weft-cni as if it were the first plugin of their lists: everything is as the runtime sent
/// it, down to keys that nobody knows, except the plugin's type, its socket and the namespace's path.
/// </summary>
public sealed class ReplayTests
{
    [KernelFact]
    public async Task Ctr_adds_and_deletes_without_a_namespace()
    {
        await using Node node = await Node.StartAsync();
        var replay = new Replay(node, "ctr");

        CniAnswer[] answers = await replay.RunAsync();

        RequireResult(Assert.Single(answers, a => a.Run.Output.Length > 0), "1.0.0", replay.Space.Path);
        await Leftovers.RequireNoneAsync(node);
    }

    [KernelFact]
    public async Task Cri_adds_and_deletes_more_than_once()
    {
        await using Node node = await Node.StartAsync();
        var replay = new Replay(node, "cri");
        JsonElement endpoint = default;
        replay.AfterAdd = async () => endpoint = Assert.Single(await node.EndpointsAsync(1));

        CniAnswer[] answers = await replay.RunAsync();

        CniAnswer added = Assert.Single(answers, a => a.Run.Output.Length > 0);
        RequireResult(added, "1.0.0", replay.Space.Path);
        Assert.Equal("capod", endpoint.GetProperty("metadata").GetProperty("name").GetString());
        Assert.Equal("default", endpoint.GetProperty("metadata").GetProperty("namespace").GetString());
        Assert.Equal("7dfc525e-bbb5-4429-9244-ebdcf4e64674", endpoint.GetProperty("status").GetProperty("podUid").GetString());
        await Leftovers.RequireNoneAsync(node);
    }

    [KernelFact]
    public async Task Podman_asks_for_versions_first_and_gets_the_mac_it_wants()
    {
        await using Node node = await Node.StartAsync();
        var replay = new Replay(node, "podman");

        CniAnswer[] answers = await replay.RunAsync();

        CniAnswer[] versions = [.. answers.Where(a => a.Run.Output.Contains("supportedVersions", StringComparison.Ordinal))];
        Assert.NotEmpty(versions);
        Assert.All(versions, v => Assert.Contains("1.0.0", v.Json.GetProperty("supportedVersions").EnumerateArray().Select(e => e.GetString())));
        CniAnswer[] added = [.. answers.Where(a => a.Run.Output.Contains("interfaces", StringComparison.Ordinal))];
        Assert.NotEmpty(added);
        Assert.All(added, a => RequireResult(a, "1.0.0", replay.Space.Path));
        Assert.Contains("92:00:00:00:00:07", added.Select(a => a.Mac));
        await Leftovers.RequireNoneAsync(node);
    }

    [KernelFact]
    public async Task A_pods_arguments_are_understood_in_any_order()
    {
        string[] arguments = ["IgnoreUnknown=1", "K8S_POD_NAMESPACE=shop", "K8S_POD_NAME=cart", "K8S_POD_INFRA_CONTAINER_ID=0123", "K8S_POD_UID=u-1"];
        await using Node node = await Node.StartAsync();
        foreach (int shift in Enumerable.Range(0, arguments.Length))
        {
            Container container = await node.AttachAsync(string.Join(';', arguments.Skip(shift).Concat(arguments.Take(shift))));

            JsonElement endpoint = Assert.Single(await node.EndpointsAsync(1));
            Assert.Equal("shop", endpoint.GetProperty("metadata").GetProperty("namespace").GetString());
            Assert.Equal("cart", endpoint.GetProperty("metadata").GetProperty("name").GetString());
            Assert.Equal("u-1", endpoint.GetProperty("status").GetProperty("podUid").GetString());
            await container.DelAsync();
            await node.EndpointsAsync(0);
        }
    }

    [KernelFact]
    public async Task Labels_of_the_configuration_are_the_endpoints()
    {
        await using Node node = await Node.StartAsync();
        Container container = node.NewContainer();
        JsonObject configuration = node.Configuration();
        configuration["args"] = JsonNode.Parse("""{"cni": {"labels": [{"key": "app", "value": "web"}, {"key": "tier", "value": "front"}]}}""");

        await container.AddAsync(configuration: configuration);

        JsonElement labels = Assert.Single(await node.EndpointsAsync(1)).GetProperty("metadata").GetProperty("labels");
        Assert.Equal("web", labels.GetProperty("app").GetString());
        Assert.Equal("front", labels.GetProperty("tier").GetString());
    }

    [KernelFact]
    public async Task Each_version_gets_its_own_shape()
    {
        await using Node node = await Node.StartAsync();
        foreach (string version in (string[])["0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"])
        {
            Container container = node.NewContainer($"v{version}");
            CniAnswer added = await container.AddAsync(configuration: node.Configuration(version));
            RequireResult(added, version, container.Space.Path);
            await container.DelAsync(node.Configuration(version));
        }
    }

    private static void RequireResult(CniAnswer answer, string version, string netns)
    {
        Assert.Equal(version, answer.Json.GetProperty("cniVersion").GetString());
        Assert.Equal(3, answer.Json.GetProperty("interfaces").GetArrayLength());
        Assert.Equal(netns, answer.Interface(2).GetProperty("sandbox").GetString());
        Assert.Equal(version == "1.1.0", answer.Interface(2).TryGetProperty("mtu", out _));
        foreach (JsonElement address in answer.Json.GetProperty("ips").EnumerateArray())
        {
            string expected = address.GetProperty("address").GetString()!.Contains(':', StringComparison.Ordinal) ? "6" : "4";
            Assert.Equal(version[0] == '0' ? expected : null, address.TryGetProperty("version", out JsonElement family) ? family.GetString() : null);
            Assert.Equal(2, address.GetProperty("interface").GetInt32());
        }
    }
}
