using System.Text.Json.Nodes;

namespace Weft.CniBench;

/// <summary>One plugin of a chain.</summary>
/// <param name="Configuration">Its entry in the conflist.</param>
/// <param name="Capabilities">What of the runtime's wishes it is told.</param>
internal sealed record ChainedPlugin(JsonObject Configuration, params IReadOnlyList<string> Capabilities)
{
    public string Type => (string)Configuration["type"]!;
}
