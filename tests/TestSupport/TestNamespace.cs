using System.Text.Json;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Route;

namespace Weft.TestSupport;

/// <summary>
/// A network namespace of a test's own: empty but for a loopback that is up, without a name, and gone with everything in it once the test
/// disposes of it. Nothing that a test does in it can touch the machine's own network.
/// </summary>
public sealed class TestNamespace : IDisposable
{
    public TestNamespace()
    {
        KernelRequirement.Root();
        Namespace = NetworkNamespace.Create();
        using RouteSocket socket = OpenRoute();
        socket.Execute(new RouteBatch().SetLink("lo", new LinkChange { Up = true }));
    }

    public NetworkNamespace Namespace { get; }

    /// <summary>A path that other processes can open while this one lives: /proc/PID/fd/N.</summary>
    public string Path => Namespace.Path;

    /// <summary>A socket in the namespace.</summary>
    public RouteSocket OpenRoute() => RouteSocket.Open(Namespace);

    /// <summary>Runs code inside, on a thread of its own. It must not await.</summary>
    public void Run(Action work) => Namespace.Run(work);

    /// <summary>Runs code inside, on a thread of its own, and returns what it opened. It must not await.</summary>
    public T Open<T>(Func<T> open) => Namespace.Open(open);

    /// <summary>Runs a program inside.</summary>
    public ProcessResult Exec(string program, params IEnumerable<string> arguments) =>
        Programs.Run("nsenter", ["--net=" + Path, program, .. arguments]);

    /// <summary>Runs a program inside that must succeed, its arguments given as one would type them without quotes.</summary>
    /// <returns>Its standard output.</returns>
    public string Sh(string commandLine) =>
        Programs.Run("nsenter", ["--net=" + Path, .. commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries)]).Ok();

    /// <summary>What `ip -j -d ...` or `bridge -j -d ...` says: an independent reader of what we did.</summary>
    /// <returns>The elements of its array; empty when it wrote nothing.</returns>
    public IReadOnlyList<JsonElement> Json(string program, params IEnumerable<string> arguments)
    {
        string output = Exec(program, ["-j", "-d", .. arguments]).Ok();
        return string.IsNullOrWhiteSpace(output) ? [] : [.. JsonDocument.Parse(output).RootElement.EnumerateArray().Select(e => e.Clone())];
    }

    public void Dispose() => Namespace.Dispose();
}
