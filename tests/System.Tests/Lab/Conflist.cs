using System.Text.Json;
using System.Text.Json.Nodes;

namespace Weft.SystemTests.Lab;

/// <summary>A list of plugins, run as libcni runs it: ADD and CHECK forwards, each with the result of the one before; DEL backwards.</summary>
/// <param name="node">Where it is run; weft-cni entries get this node's socket.</param>
/// <param name="text">The list.</param>
internal sealed class Conflist(Node node, string text)
{
    /// <summary>Where Debian's containernetworking-plugins are.</summary>
    public const string ReferencePlugins = "/usr/lib/cni";

    private readonly JsonObject _list = JsonNode.Parse(text)!.AsObject();

    private List<JsonObject> Plugins => [.. _list["plugins"]!.AsArray().Select(p => p!.AsObject())];

    /// <summary>ADD by each plugin, all of which must succeed.</summary>
    /// <param name="runtime">runtimeConfig, for plugins that have the capability; null: none.</param>
    /// <returns>The last one's answer.</returns>
    public async Task<CniAnswer> AddAsync(Container container, JsonObject? runtime = null)
    {
        CniAnswer? answer = null;
        foreach (JsonObject plugin in Plugins)
        {
            answer = (await RunAsync("ADD", plugin, container, answer, runtime)).Succeeded();
        }
        return answer!;
    }

    /// <summary>CHECK by each plugin but portmap with what ADD answered: Debian's portmap 1.1 looks for its IPv4 rules in ip6tables, and always fails.</summary>
    public async Task CheckAsync(Container container, CniAnswer added, JsonObject? runtime = null)
    {
        foreach (JsonObject plugin in Plugins.Where(p => p["type"]!.GetValue<string>() != "portmap"))
        {
            (await RunAsync("CHECK", plugin, container, added, runtime)).SucceededSilently();
        }
    }

    /// <summary>DEL by each plugin from the last to the first.</summary>
    public async Task DelAsync(Container container, CniAnswer? added = null, JsonObject? runtime = null)
    {
        foreach (JsonObject plugin in Enumerable.Reverse(Plugins))
        {
            (await RunAsync("DEL", plugin, container, added, runtime)).Succeeded();
        }
    }

    /// <summary>A verb of the first plugin.</summary>
    public Task<CniAnswer> FirstAsync(string command, Container container) => RunAsync(command, Plugins[0], container, null, null);

    /// <summary>GC of the first plugin, with these as valid.</summary>
    public Task<CniAnswer> CollectAsync(params IEnumerable<Container> valid)
    {
        JsonObject configuration = Configuration(Plugins[0], null, null);
        configuration["cniVersion"] = "1.1.0";     // GC is of no version before
        configuration["cni.dev/valid-attachments"] = new JsonArray([.. valid.Select(c => new JsonObject { ["containerID"] = c.Id, ["ifname"] = "eth0" })]);
        return node.CallAsync(CniCall.Of("GC", "", "", configuration, interfaceName: ""));
    }

    public Task<CniAnswer> StatusAsync() => node.CallAsync(CniCall.Of("STATUS", "", "", Configuration(Plugins[0], null, null), interfaceName: ""));

    private async Task<CniAnswer> RunAsync(string command, JsonObject plugin, Container container, CniAnswer? previous, JsonObject? runtime)
    {
        string type = plugin["type"]!.GetValue<string>();
        CniCall call = CniCall.Of(command, container.Id, container.Space.Path, Configuration(plugin, previous, runtime)).With("CNI_PATH", ReferencePlugins);
        if (type == "weft-cni")
        {
            return await node.CallAsync(call);
        }
        var environment = new Dictionary<string, string>(call.Environment) { ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin" };
        return new CniAnswer(await Tool.RunAsync(node.Space.Entering(Path.Combine(ReferencePlugins, type)), call.Input, environment));
    }

    private JsonObject Configuration(JsonObject plugin, CniAnswer? previous, JsonObject? runtime)
    {
        JsonObject configuration = plugin.DeepClone().AsObject();
        configuration["cniVersion"] = _list["cniVersion"]!.DeepClone();
        configuration["name"] = _list["name"]!.DeepClone();
        if (configuration["type"]!.GetValue<string>() == "weft-cni")
        {
            configuration["socket"] = node.CniSocket;
        }
        if (previous is not null)
        {
            configuration["prevResult"] = JsonNode.Parse(JsonSerializer.Serialize(previous.Json));
        }
        if (runtime is not null && plugin["capabilities"] is JsonObject capabilities)
        {
            configuration["runtimeConfig"] = new JsonObject(runtime.Where(r => capabilities.ContainsKey(r.Key)).Select(r => KeyValuePair.Create(r.Key, r.Value?.DeepClone())));
        }
        return configuration;
    }
}
