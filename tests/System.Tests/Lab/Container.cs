using System.Text.Json;
using System.Text.Json.Nodes;

namespace Weft.SystemTests.Lab;

/// <summary>A container as far as its network goes: a namespace and an ID.</summary>
internal sealed class Container(Node node, string id) : IDisposable
{
    public Space Space { get; } = new();

    public string Id => id;

    /// <summary>What ADD answered, once it has succeeded.</summary>
    public CniAnswer Result { get; private set; } = null!;

    public CniCall Call(string command, string arguments = "", JsonObject? configuration = null) =>
        CniCall.Of(command, id, Space.Path, configuration ?? node.Configuration(), arguments);

    /// <summary>ADD, which must succeed.</summary>
    public async Task<CniAnswer> AddAsync(string arguments = "", JsonObject? configuration = null)
    {
        Result = (await TryAddAsync(arguments, configuration)).Succeeded();
        return Result;
    }

    public Task<CniAnswer> TryAddAsync(string arguments = "", JsonObject? configuration = null) =>
        node.CallAsync(Call("ADD", arguments, configuration));

    /// <summary>DEL, which must succeed and say nothing.</summary>
    public async Task DelAsync(JsonObject? configuration = null) =>
        (await node.CallAsync(Call("DEL", configuration: configuration))).SucceededSilently();

    /// <summary>CHECK with the result of ADD.</summary>
    public Task<CniAnswer> CheckAsync()
    {
        JsonObject configuration = node.Configuration();
        configuration["prevResult"] = JsonNode.Parse(JsonSerializer.Serialize(Result.Json));
        return node.CallAsync(Call("CHECK", configuration: configuration));
    }

    public void Dispose() => Space.Dispose();
}
