using System.Text.Json;
using Weft.Dataplane.Namespaces;

namespace Weft.SystemTests.Lab;

/// <summary>A network namespace that a test holds open: it ends with this object, and every link in it.</summary>
internal sealed class Space : IDisposable
{
    private readonly NetworkNamespace _namespace = NetworkNamespace.Create();

    public NetworkNamespace Namespace => _namespace;

    /// <summary>A path by which other processes open it, for as long as this object is not disposed.</summary>
    public string Path => _namespace.Path;

    public ulong Inode => _namespace.Inode;

    /// <summary>Makes something, such as a socket, that belongs to this namespace.</summary>
    public T Open<T>(Func<T> open) => _namespace.Open(open);

    /// <summary>A command line that runs another one in here.</summary>
    public string[] Entering(params IEnumerable<string> command) => ["nsenter", $"--net={Path}", "--", .. command];

    public Task<Finished> RunAsync(params string[] command) => Tool.RunAsync(Entering(command));

    /// <summary>Runs commands that must succeed, one a line.</summary>
    public async Task ScriptAsync(string lines) =>
        (await Tool.RunAsync(Entering("sh", "-e"), lines)).Succeeded();

    /// <summary>What `ip -j ...` prints.</summary>
    public async Task<JsonElement> IpAsync(string arguments) =>
        (await RunAsync(["ip", "-d", "-j", .. arguments.Split(' ')])).Json();

    public async Task<IReadOnlyList<string>> LinkNamesAsync() =>
        [.. (await IpAsync("link show")).EnumerateArray().Select(l => l.GetProperty("ifname").GetString()!)];

    /// <summary>Whether any of three echo requests is answered: a port forwards only once the kernel has told its bridge of the carrier.</summary>
    public async Task<bool> PingsAsync(string address, int bytes = 56, bool mayFragment = true) =>
        (await PingAsync(address, bytes, mayFragment)).ExitCode == 0;

    public Task<Finished> PingAsync(string address, int bytes = 56, bool mayFragment = true) =>
        RunAsync("ping", "-n", "-c", "3", "-i", "0.3", "-W", "1", "-s", $"{bytes}", "-M", mayFragment ? "dont" : "do", address);

    public void Dispose() => _namespace.Dispose();
}
