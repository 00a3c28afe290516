using System.Text.Json.Nodes;
using Weft.CniBench.Native;

namespace Weft.CniBench;

/// <summary>A container's network namespace on its way through ADD and DEL.</summary>
internal sealed class Pod(int number, PodNamespace networkNamespace) : IDisposable
{
    private const int FirstPort = 10_000;

    private static int _made;

    /// <summary>As long as runtimes make them.</summary>
    public string ContainerId { get; } = $"{number:x8}{new string('b', 56)}";

    public string NamespacePath => networkNamespace.Path;

    /// <summary>What ADD answered: runtimes hand it to DEL as prevResult. Null before ADD.</summary>
    public string? Result { get; set; }

    public static Pod Create()
    {
        int number = Interlocked.Increment(ref _made);
        return new Pod(number, PodNamespace.Create($"bench-{number}"));
    }

    /// <summary>What a runtime says in "runtimeConfig" for a pod with one published port and limits.</summary>
    public JsonNode Wish(string capability) => capability switch
    {
        "portMappings" => new JsonArray(new JsonObject { ["hostPort"] = FirstPort + number, ["containerPort"] = 80, ["protocol"] = "tcp" }),
        "bandwidth" => new JsonObject
        {
            ["ingressRate"] = 100_000_000,
            ["ingressBurst"] = 8_000_000,
            ["egressRate"] = 100_000_000,
            ["egressBurst"] = 8_000_000,
        },
        _ => throw new ArgumentOutOfRangeException(nameof(capability), capability, "no such capability"),
    };

    public void Dispose() => networkNamespace.Dispose();
}
