namespace Weft.NetDaemon.Tests;

/// <summary>A new directory of this test's own; deleted at the end.</summary>
internal sealed class TempDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("weft-test-").FullName;

    public static implicit operator string(TempDirectory directory) => directory.Path;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
