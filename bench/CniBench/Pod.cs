using Weft.CniBench.Native;

namespace Weft.CniBench;

/// <summary>A container's network namespace on its way through ADD and DEL.</summary>
internal sealed class Pod(string containerId, PodNamespace networkNamespace) : IDisposable
{
    private static int _made;

    public string ContainerId => containerId;

    public string NamespacePath => networkNamespace.Path;

    /// <summary>What ADD answered: runtimes hand it to DEL as prevResult. Null before ADD.</summary>
    public string? Result { get; set; }

    /// <summary>A new pod with an identifier as long as runtimes make them.</summary>
    public static Pod Create()
    {
        int number = Interlocked.Increment(ref _made);
        return new Pod($"{number:x8}{new string('b', 56)}", PodNamespace.Create($"bench-{number}"));
    }

    public void Dispose() => networkNamespace.Dispose();
}
