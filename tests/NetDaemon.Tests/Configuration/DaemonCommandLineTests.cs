using Microsoft.Extensions.Logging;
using Weft.NetDaemon.Configuration;
using Weft.NetDaemon.Nodes;

namespace Weft.NetDaemon.Tests.Configuration;

public sealed class DaemonCommandLineTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("weft-");
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Without_arguments_everything_has_a_default()
    {
        DaemonCommand command = Parse("--config", Config(""));
        DaemonOptions options = command.Options!;
        Assert.Equal(DaemonVerb.Run, command.Verb);
        Assert.Equal(("host-1", "/var/lib/weft", "/run/weft", "embedded"), (options.NodeName, options.StateDirectory, options.RunDirectory, options.Store));
        Assert.Equal(("/run/weft/cni.sock", "/run/weft/weftd.sock"), (options.CniSocket, options.DaemonSocket));
        Assert.Equal("10.83.0.0/16", options.DefaultNetwork.IPv4.ToString());
        Assert.True(options.DefaultNetwork is { Enabled: true, IPv6: null, RandomIPv6: true });
        Assert.Equal((TimeSpan.FromSeconds(60), NftablesOwner.Auto, LogLevel.Information), (options.AddressCoolDown, options.NftablesOwner, options.LogLevel));
        Assert.Equal((UnderlayChoice.ByDefaultRoute, null, (ushort)4789), (options.Underlay, options.Mtu, options.OverlayPort));
    }

    [Fact]
    public void The_command_line_wins_over_the_config_file()
    {
        string config = Config("node: from-file\nstateDir: /srv/weft\nrunDir: /run/other\nlogLevel: debug\n");
        DaemonOptions options = Parse("--node", "a1.example", "--config", config, "--state-dir", "/tmp/x/../s", "--store", "embedded").Options!;
        Assert.Equal(("a1.example", "/tmp/s", "/run/other", LogLevel.Debug), (options.NodeName, options.StateDirectory, options.RunDirectory, options.LogLevel));
        Assert.Equal(config, options.ConfigFile);
    }

    [Fact]
    public void The_config_file_sets_everything()
    {
        DaemonOptions options = Parse("--config", Config("""
            defaultNetwork:
              ipv4: 10.1.0.0/16
              ipv6: none
            addressCoolDown: 500ms
            uplink: eth0
            mtu: 1400
            nftablesOwner: off
            store: embedded
            """)).Options!;
        Assert.Equal("10.1.0.0/16", options.DefaultNetwork.IPv4.ToString());
        Assert.True(options.DefaultNetwork is { Enabled: true, IPv6: null, RandomIPv6: false });
        Assert.Equal((TimeSpan.FromMilliseconds(500), "eth0", 1400, NftablesOwner.Off),
            (options.AddressCoolDown, options.Underlay.Interface, options.Mtu, options.NftablesOwner));
        Assert.False(Parse("--config", Config("defaultNetwork: none")).Options!.DefaultNetwork.Enabled);
    }

    [Fact]
    public void Everything_wrong_in_the_config_file_is_reported_at_once()
    {
        string config = Config("""
            node: My_Host
            stateDir: var/lib
            store: consul
            defaultNetwork: {ipv4: 10.0.0.1/16, ipv6: 10.0.0.0/16}
            addressCoolDown: 60
            uplink: a/b
            mtu: 100
            nftablesOwner: maybe
            logLevel: loud
            nodes: 1
            """);
        AssertRefused($"""
            {config}:1: node: "My_Host" is not a node name; use lower-case letters, digits, "-" and "." (RFC 1123), 253 characters at most
            {config}:2: stateDir: "var/lib" is not an absolute path; write one such as /var/lib/weft
            {config}:3: store: "consul" is not a store that this weftd has; write embedded or etcd
            {config}:4: defaultNetwork.ipv4: "10.0.0.1/16" has bits set beyond its prefix; write 10.0.0.0/16, or none
            {config}:4: defaultNetwork.ipv6: "10.0.0.0/16" is a range of the other family
            {config}:5: addressCoolDown: "60" is not a time of 0 to 24 hours; write it with its unit, such as 60s, 500ms or 5m
            {config}:6: uplink: "a/b" is not the name of an interface, nor a pattern of names such as en*
            {config}:7: mtu: 100 is not an MTU of 1280 to 65535 bytes; leave it out for what the uplink allows
            {config}:8: nftablesOwner: "maybe" is not known; write auto or off
            {config}:9: logLevel: "loud" is not known; write trace, debug, info, warning, error
            {config}:10: unknown field "nodes"; known are addressCoolDown, addressKeptFor, blocksHeldFor, defaultNetwork, directRouting, etcd, labels, logLevel, mtu, nftablesOwner, node, overlayPort, runDir, stateDir, store, underlayAddresses, uplink, uplinkRouteTo

            """, "--config", config);
    }

    [Fact]
    public void Wrong_arguments_are_reported_at_once() =>
        AssertRefused($"""
            weftd: --node: "A" is not a node name; use lower-case letters, digits, "-" and "." (RFC 1123), 253 characters at most
            weftd: --state-dir: must not be empty
            weftd: --run-dir: "/{new string('x', 79)}... is too long: its sockets' paths would have 112 bytes, the kernel takes 107
            weftd: --store: "consul" is not a store that this weftd has; write embedded or etcd

            """.Replace("xxx... is", "xxx...\" is", StringComparison.Ordinal),
            "--node", "A", "--state-dir", "", "--run-dir", "/" + new string('x', 100), "--store", "consul", "--config", Config(""));

    [Fact]
    public void Relative_paths_are_refused_on_the_command_line() =>
        AssertRefused("""
            weftd: --state-dir: "state" is not an absolute path; write one such as /var/lib/weft
            weftd: --run-dir: "./run" is not an absolute path; write one such as /run/weft
            weftd: --config: "weftd.yaml" is not an absolute path; write one such as /etc/weft/weftd.yaml

            """, "--state-dir", "state", "--run-dir", "./run", "--config", "weftd.yaml");

    [Fact]
    public void Relative_paths_are_refused_in_the_config_file()
    {
        string config = Config("stateDir: ../state\nrunDir: run\n");
        AssertRefused($"""
            {config}:1: stateDir: "../state" is not an absolute path; write one such as /var/lib/weft
            {config}:2: runDir: "run" is not an absolute path; write one such as /run/weft

            """, "--config", config);
    }

    [Fact]
    public void A_directory_is_no_config_file() =>
        AssertRefused("""
            weftd: config file "/proc" cannot be read: it is a directory; name the file in it, such as /proc/weftd.yaml

            """, "--config", "/proc");

    [Fact]
    public void A_config_file_that_was_named_must_be_there() =>
        AssertRefused("weftd: config file \"/nonexistent/weftd.yaml\" cannot be read: no such file\n",
            "--config", "/nonexistent/weftd.yaml");

    [Fact]
    public void A_machine_whose_name_is_no_node_name_needs_the_option()
    {
        DaemonCommand command = DaemonCommandLine.Parse(["--config", Config("")], _output, _error, "my_host");
        Assert.Equal(2, command.ExitCode);
        Assert.Equal("weftd: the machine's name \"my_host\" is not a node name (RFC 1123); give --node NAME\n", _error.ToString());
    }

    [Theory]
    [InlineData("--frobnicate")]
    [InlineData("frobnicate")]
    [InlineData("--node")]
    public void What_is_not_understood_ends_with_code_2(params string[] arguments)
    {
        DaemonCommand command = Parse(arguments);
        Assert.Equal((DaemonVerb.Exit, 2), (command.Verb, command.ExitCode));
        Assert.EndsWith("weftd: see `weftd --help`\n", _error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_output.ToString());
    }

    [Theory]
    [InlineData("--help", "--state-dir <DIR>")]
    [InlineData("-h", "cleanup")]
    [InlineData("--version", "weftd 0.")]
    public void Help_and_version_go_to_the_output(string argument, string expected)
    {
        Assert.Equal(DaemonCommand.Exit(0), Parse(argument));
        Assert.Contains(expected, _output.ToString(), StringComparison.Ordinal);
        Assert.Empty(_error.ToString());
    }

    [Fact]
    public void Cleanup_takes_the_same_options()
    {
        DaemonCommand command = Parse("cleanup", "--run-dir", "/run/b", "--config", Config("node: b"));
        Assert.Equal((DaemonVerb.Cleanup, "/run/b", "b"), (command.Verb, command.Options!.RunDirectory, command.Options.NodeName));
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("60s", 60_000)]
    [InlineData("5m", 300_000)]
    [InlineData("24h", 86_400_000)]
    [InlineData("25h", -1)]
    [InlineData("60", -1)]
    [InlineData("s", -1)]
    [InlineData("-1s", -1)]
    [InlineData("99999999999s", -1)]
    public void Times_have_a_unit(string text, int milliseconds) =>
        Assert.Equal(milliseconds, OptionRules.TryParseDuration(text, out TimeSpan duration) ? (int)duration.TotalMilliseconds : -1);

    private DaemonCommand Parse(params string[] arguments) => DaemonCommandLine.Parse(arguments, _output, _error, "Host-1");

    private void AssertRefused(string expected, params string[] arguments)
    {
        DaemonCommand command = Parse(arguments);
        Assert.Equal(expected, _error.ToString());
        Assert.Equal((DaemonVerb.Exit, 2), (command.Verb, command.ExitCode));
    }

    private string Config(string text)
    {
        string path = Path.Combine(_directory.FullName, "weftd.yaml");
        File.WriteAllText(path, text);
        return path;
    }
}
