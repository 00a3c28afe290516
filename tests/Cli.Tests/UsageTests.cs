using System.Net.Sockets;

namespace Weft.Cli.Tests;

/// <summary>What weft says without a daemon.</summary>
public sealed class UsageTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("weft-");

    private string SocketPath => Path.Combine(_directory.FullName, "weftd.sock");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task An_absent_daemon_is_named_with_the_next_step() =>
        (await Outcome.OfAsync(SocketPath, "", "status")).Failed(3,
            $"weft: weftd is not answering at {SocketPath}: No such file or directory; is it running? try `systemctl status weftd`\n");

    [Fact]
    public async Task A_socket_that_nobody_listens_on_is_an_absent_daemon()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(SocketPath));
        (await Outcome.OfAsync(null, "", "get", "nodes", "--socket", SocketPath)).Failed(3,
            $"weft: weftd is not answering at {SocketPath}: Connection refused; is it running? try `systemctl status weftd`\n");
    }

    [Fact]
    public async Task Somebody_who_does_not_speak_grpc_is_not_weftd()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(SocketPath));
        socket.Listen();
        Task<Outcome> run = Outcome.OfAsync(SocketPath, "", "status");
        using (Socket accepted = await socket.AcceptAsync())
        {
            await accepted.SendAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
        }
        socket.Close();
        Outcome outcome = await run;
        Assert.Equal((3, ""), (outcome.ExitCode, outcome.Output));
        Assert.StartsWith("weft: ", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("weft: Required command was not provided.\nweft: see `weft --help`\n")]
    [InlineData("weft: Unrecognized command or argument 'frob'.\nweft: see `weft --help`\n", "frob")]
    [InlineData("weft: give either DIR, or --forget NAME\nweft: see `weft import host-local --help`\n", "import", "host-local")]
    [InlineData("weft: \"gadgets\" is not a kind; kinds are nodes, networks, pools, reservations, blocks, endpoints, networkpolicies, clusternetworkpolicies, hostpolicies, networksets, namespaces, drops\nweft: see `weft get --help`\n", "get", "gadgets")]
    [InlineData("weft: give KIND and NAME, or -f FILE\nweft: see `weft delete --help`\n", "delete", "pool")]
    [InlineData("weft: give either -n NAMESPACE or -A, not both\nweft: see `weft get --help`\n", "get", "netpol", "-A", "-n", "shop")]
    [InlineData("weft: -n goes with KIND and NAME; the objects of files name their namespaces themselves\nweft: see `weft delete --help`\n", "delete", "-f", "x", "-n", "shop")]
    [InlineData("weft: Option '--filename' is required.\nweft: see `weft diff --help`\n", "diff")]
    [InlineData("weft: give either KIND and NAME or -f FILE, not both\nweft: see `weft delete --help`\n", "delete", "pool", "x", "-f", "y")]
    [InlineData("weft: Argument 'tcsh' not recognized. Must be one of: 'bash' 'zsh' 'fish'\nweft: see `weft completion --help`\n", "completion", "tcsh")]
    [InlineData("weft: Option '--filename' is required.\nweft: see `weft apply --help`\n", "apply")]
    [InlineData("weft: /nonexistent/a: no such file or directory\nweft: /nonexistent/b: no such file or directory\n", "apply", "-f", "/nonexistent/a", "-f", "/nonexistent/b")]
    [InlineData("weft: \"\" cannot be a socket's path: it must have 1 to 107 bytes; check --socket and WEFT_SOCKET\n", "status", "--socket", "")]
    public async Task Wrong_usage_is_told_on_stderr_with_code_2(string error, params string[] arguments) =>
        (await Outcome.OfAsync(SocketPath, "", arguments)).Failed(2, error);

    [Theory]
    [InlineData("xml")]
    [InlineData("JSON")]
    public async Task Unknown_formats_are_wrong_usage(string format)
    {
        Outcome outcome = await Outcome.OfAsync(SocketPath, "", "get", "pools", "-o", format);
        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains("'json'", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_are_no_manifests_never_reach_the_daemon()
    {
        string binary = Path.Combine(_directory.FullName, "binary");
        await File.WriteAllBytesAsync(binary, [0xc3, 0x28]);
        (await Outcome.OfAsync(SocketPath, "", "apply", "-f", binary)).Failed(2, $"weft: {binary}: not UTF-8 text\n");
        (await Outcome.OfAsync(SocketPath, "", "apply", "-f", "/dev/zero")).Failed(2, "weft: /dev/zero: more than 1048576 characters; split it\n");
        (await Outcome.OfAsync(SocketPath, "", "apply", "-f", _directory.FullName)).Failed(2,
            $"weft: {_directory.FullName}: the directory has no .yaml, .yml or .json file\n");
    }

    [Fact]
    public async Task Help_tells_the_exit_codes()
    {
        string help = (await Outcome.OfAsync(null, "", "--help")).Succeeded();
        Assert.Contains("Exit codes: 0 done; 1 refused, not found or failed; 2 wrong usage; 3 weftd does not answer; 4 begun, and not yet over.", help, StringComparison.Ordinal);
        Assert.DoesNotContain(help, c => c > 126);
    }

    [Theory]
    [InlineData("bash", "complete -F _weft weft")]
    [InlineData("zsh", "compdef _weft weft")]
    [InlineData("fish", "complete -c weft")]
    public async Task Completion_scripts_ask_weft_itself(string shell, string line)
    {
        string script = (await Outcome.OfAsync(null, "", "completion", shell)).Succeeded();
        Assert.Contains(line, script, StringComparison.Ordinal);
        Assert.Contains("[suggest:", script, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kinds_are_completed_without_a_daemon()
    {
        Assert.Equal("namespaces\nnetworkpolicies\nnetworks\nnetworksets\nnodes\n",
            string.Join('\n', (await Outcome.OfAsync(SocketPath, "", "[suggest:10]", "weft get n")).Succeeded().Split('\n').Where(word => word.StartsWith('n'))) + "\n");
        Assert.Contains("pools", (await Outcome.OfAsync(SocketPath, "", "[suggest:9]", "weft get ")).Succeeded(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_needs_no_daemon()
    {
        Outcome outcome = await Outcome.OfAsync(SocketPath, "", "version", "-o", "json");
        Assert.Equal((0, $"{{\n  \"weft\": \"{VersionAction.Version}\",\n  \"weftd\": \"\"\n}}\n"), (outcome.ExitCode, outcome.Output));
        Assert.Contains("is not answering", outcome.Error, StringComparison.Ordinal);
    }
}
