using System.Text.Json;
using System.Text.Json.Nodes;

namespace Weft.SystemTests.Lab;

/// <summary>A runtime's recorded calls of the first plugin of its list, one after the other.</summary>
internal sealed class Replay(Node node, string client)
{
    private readonly Container _container = node.NewContainer();

    /// <summary>Stands in for the recorded container's namespace.</summary>
    public Space Space => _container.Space;

    /// <summary>What to do after each ADD.</summary>
    public Func<Task> AfterAdd { get; set; } = () => Task.CompletedTask;

    /// <summary>The answers to all calls, each of which must succeed as it did when it was recorded.</summary>
    public async Task<CniAnswer[]> RunAsync()
    {
        using JsonDocument recorded = JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Fixtures", $"cni-calls-{client}.json")));
        List<CniAnswer> answers = [];
        foreach (JsonElement call in recorded.RootElement.GetProperty("calls").EnumerateArray())
        {
            if (call.GetProperty("plugin").GetString() == "bridge")
            {
                CniCall now = Translate(call);
                answers.Add((await node.CallAsync(now)).Succeeded());
                if (now.Environment["CNI_COMMAND"] == "ADD")
                {
                    await AfterAdd();
                }
            }
        }
        Assert.NotEmpty(answers);
        return [.. answers];
    }

    private CniCall Translate(JsonElement call)
    {
        var environment = call.GetProperty("env").EnumerateObject().ToDictionary(v => v.Name, v => v.Value.GetString()!);
        if (environment["CNI_NETNS"].StartsWith('/'))
        {
            environment["CNI_NETNS"] = Space.Path;
        }
        JsonObject configuration = JsonNode.Parse(call.GetProperty("stdin").GetString()!)!.AsObject();
        if (configuration.ContainsKey("type"))
        {
            configuration["type"] = "weft-cni";
            configuration["socket"] = node.CniSocket;
            configuration.Remove("ipam");
        }
        return new CniCall(environment, configuration.ToJsonString());
    }
}
