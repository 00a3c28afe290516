using System.Text.Json;
using System.Text.Json.Nodes;

namespace Weft.CniPlugin.Tests.Recorded;

/// <summary>A call that a runtime really made of a reference plugin.</summary>
/// <param name="Client">ctr, cri or podman.</param>
/// <param name="Plugin">The reference plugin that was called.</param>
/// <param name="Environment">The CNI_ variables.</param>
/// <param name="Input">stdin, as it was sent.</param>
internal sealed record RecordedCall(string Client, string Plugin, IReadOnlyDictionary<string, string> Environment, string Input)
{
    public string Command => Environment["CNI_COMMAND"];

    /// <summary>All calls of the fixtures.</summary>
    public static IReadOnlyList<RecordedCall> All { get; } =
        [.. Directory.GetFiles(Path.Join(AppContext.BaseDirectory, "Fixtures"), "cni-calls-*.json").Order().SelectMany(Load)];

    /// <summary>The variables as weft-cni looks them up.</summary>
    public string? Variable(string name) => Environment.GetValueOrDefault(name);

    /// <summary>stdin with keys set, or removed where the value is null.</summary>
    public string InputWith(params (string Key, JsonNode? Value)[] changes)
    {
        JsonObject root = JsonNode.Parse(Input)!.AsObject();
        foreach ((string key, JsonNode? value) in changes)
        {
            root.Remove(key);
            if (value is not null)
            {
                root[key] = value;
            }
        }
        return root.ToJsonString();
    }

    private static IEnumerable<RecordedCall> Load(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        string client = document.RootElement.GetProperty("client").GetString()!;
        return
        [
            .. document.RootElement.GetProperty("calls").EnumerateArray().Select(call => new RecordedCall(
                client,
                call.GetProperty("plugin").GetString()!,
                call.GetProperty("env").EnumerateObject().ToDictionary(static v => v.Name, static v => v.Value.GetString()!),
                call.GetProperty("stdin").GetString()!)),
        ];
    }
}
