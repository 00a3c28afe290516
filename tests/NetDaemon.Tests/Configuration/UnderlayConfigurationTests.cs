using System.Net;
using Weft.NetDaemon.Configuration;
using Weft.NetDaemon.Nodes;

namespace Weft.NetDaemon.Tests.Configuration;

/// <summary>What weftd may be told of the underlay and of the node's labels, in the file and on the command line.</summary>
public sealed class UnderlayConfigurationTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly StringWriter _error = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void The_file_says_everything()
    {
        DaemonOptions options = Parse("""
            uplinkRouteTo: 192.0.2.1
            underlayAddresses: [203.0.113.5, "2001:db8::5"]
            overlayPort: 8472
            labels: {zone: a, rack: 7}
            """).Options!;

        Assert.Equal(["192.0.2.1"], options.Underlay.RouteTo.Select(a => a.ToString()));
        Assert.Equal(["203.0.113.5", "2001:db8::5"], options.Underlay.Addresses.Select(a => a.ToString()));
        Assert.Equal(8472, options.OverlayPort);
        Assert.Equal([("rack", "7"), ("zone", "a")], options.Labels.OrderBy(l => l.Key).Select(l => (l.Key, l.Value)));
    }

    [Fact]
    public void The_command_line_says_the_same_and_wins()
    {
        DaemonOptions options = Parse(
            "uplink: eth0\noverlayPort: 8472\nlabels: {zone: a}\nunderlayAddresses: 203.0.113.5",
            "--uplink-route-to", "192.0.2.1,2001:db8::1", "--underlay-addresses", "203.0.113.6", "--overlay-port", "4790", "--labels", "zone=b,weft.dev/x=").Options!;

        Assert.Null(options.Underlay.Interface);
        Assert.Equal(["192.0.2.1", "2001:db8::1"], options.Underlay.RouteTo.Select(a => a.ToString()));
        Assert.Equal([IPAddress.Parse("203.0.113.6")], options.Underlay.Addresses);
        Assert.Equal(4790, options.OverlayPort);
        Assert.Equal([("weft.dev/x", ""), ("zone", "b")], options.Labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => (l.Key, l.Value)));
        Assert.Equal("en*", Parse("uplinkRouteTo: 192.0.2.1", "--uplink", "en*").Options!.Underlay.Interface);
    }

    [Fact]
    public void Everything_wrong_is_reported_at_once_with_its_line()
    {
        Assert.Null(Parse("""
            uplink: eth0
            uplinkRouteTo: 192.0.2.1
            underlayAddresses: [192.0.2.1/24, fe80::1, 224.0.0.1, 203.0.113.5, 203.0.113.6]
            overlayPort: 0
            labels: {"a b": c, weft.dev/node: x}
            """).Options);

        string source = Path.Combine(_directory, "weftd.yaml");
        Assert.Equal(
            [
                $"{source}:2: uplinkRouteTo: uplink (--uplink) and uplinkRouteTo (--uplink-route-to) both say which interface leads out; leave one of them out",
                $"{source}:3: underlayAddresses: \"192.0.2.1/24\" is not an IPv4 or IPv6 address that other nodes can reach; write one such as 192.0.2.7, without a prefix length",
                $"{source}:3: underlayAddresses: \"fe80::1\" is not an IPv4 or IPv6 address that other nodes can reach; write one such as 192.0.2.7, without a prefix length",
                $"{source}:3: underlayAddresses: \"224.0.0.1\" is not an IPv4 or IPv6 address that other nodes can reach; write one such as 192.0.2.7, without a prefix length",
                $"{source}:3: underlayAddresses: has 203.0.113.5 and 203.0.113.6: one IPv4 address is the most",
                $"{source}:4: overlayPort: 0 is not a UDP port of 1 to 65535; leave it out for 4789",
                $"{source}:5: labels: \"a b\": \"c\" is not a label with its value, such as zone: a",
                $"{source}:5: labels: weft.dev/node is the node's name by itself; leave it out",
            ],
            _error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("--uplink", "a/b", "is not the name of an interface")]
    [InlineData("--uplink", "", "must not be empty")]
    [InlineData("--uplink-route-to", "here", "is not an IPv4 or IPv6 address")]
    [InlineData("--underlay-addresses", "192.0.2.1,192.0.2.2", "one IPv4 address is the most")]
    [InlineData("--overlay-port", "65536", "is not a UDP port")]
    [InlineData("--labels", "zone", "is not a label with its value")]
    [InlineData("--labels", "weft.dev/node=x", "is the node's name by itself")]
    public void A_wrong_option_is_refused_by_its_name(string option, string value, string problem)
    {
        Assert.Null(Parse("", option, value).Options);
        Assert.Contains($"weftd: {option}: ", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains(problem, _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("eth0", "eth0", true)]
    [InlineData("eth0", "eth01", false)]
    [InlineData("en*", "enp3s0", true)]
    [InlineData("e?h0", "eth0", true)]
    [InlineData("*", "lo", false)]
    [InlineData("*", "weft1", false)]
    [InlineData("weft1", "weft1", true)]
    [InlineData("lo", "lo", true)]
    public void A_pattern_means_none_of_Wefts_own_links(string pattern, string link, bool matches) =>
        Assert.Equal(matches, new UnderlayChoice { Interface = pattern }.Matches(link));

    private DaemonCommand Parse(string config, params string[] arguments)
    {
        string path = Path.Combine(_directory, "weftd.yaml");
        File.WriteAllText(path, config);
        return DaemonCommandLine.Parse(["--config", path, .. arguments], TextWriter.Null, _error, "host");
    }
}
