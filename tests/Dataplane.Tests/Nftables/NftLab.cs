using System.Diagnostics;
using System.Text.Json;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Nftables;

namespace Weft.Dataplane.Tests.Nftables;

/// <summary>A network namespace of the test's own, with a socket in it, and nft(8) as an independent reader.</summary>
internal sealed class NftLab : IDisposable
{
    private NftLab(NetworkNamespace space)
    {
        Space = space;
        Socket = NftSocket.Open(space);
    }

    public NetworkNamespace Space { get; }

    public NftSocket Socket { get; }

    /// <summary>Skips the test where the kernel refuses namespaces, unless kernel tests are required.</summary>
    public static NftLab Open()
    {
        try
        {
            return new NftLab(NetworkNamespace.Create());
        }
        catch (KernelException e) when (e.Errno is Errno.EPERM && Environment.GetEnvironmentVariable("WEFT_KERNEL_TESTS") != "required")
        {
            throw new SkipException($"kernel tests need root: {e.Message}");
        }
    }

    public void Commit(Action<NftTransaction> fill)
    {
        var transaction = new NftTransaction();
        fill(transaction);
        Socket.Commit(transaction);
    }

    /// <summary>Commits what makes the table as wanted; returns what was done.</summary>
    public NftTransaction Reconcile(NftRuleset wanted)
    {
        NftTransaction changes = NftDiff.Compute(wanted, Socket.Read(wanted.Table));
        Socket.Commit(changes);
        return changes;
    }

    /// <summary>Runs nft in the namespace and returns what it printed.</summary>
    public string Nft(params string[] arguments)
    {
        (int code, string output, string error) = TryNft(null, arguments);
        return code == 0 ? output : throw new InvalidOperationException($"nft {string.Join(' ', arguments)}: {error}");
    }

    /// <summary>Runs an nft script in the namespace.</summary>
    public void Script(string script)
    {
        (int code, _, string error) = TryNft(script, "-f", "-");
        if (code != 0)
        {
            throw new InvalidOperationException($"nft -f: {error}\n{script}");
        }
    }

    public (int Code, string Output, string Error) TryNft(string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo("nsenter", [$"--net={Space.Path}", "nft", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    /// <summary>The lines of `nft list`, without indentation.</summary>
    public string[] Lines(params string[] arguments) =>
        [.. Nft(arguments).Split('\n').Select(static line => line.Trim()).Where(static line => line.Length > 0)];

    /// <summary>The objects of `nft -j list ruleset` of one kind, such as "rule".</summary>
    public List<JsonElement> Json(string kind)
    {
        using JsonDocument document = JsonDocument.Parse(Nft("-j", "list", "ruleset"));
        return [.. document.RootElement.GetProperty("nftables").EnumerateArray()
            .Where(item => item.TryGetProperty(kind, out _))
            .Select(item => item.GetProperty(kind).Clone())];
    }

    public void Dispose()
    {
        Socket.Dispose();
        Space.Dispose();
    }
}
