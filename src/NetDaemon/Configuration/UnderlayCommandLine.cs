using System.CommandLine;

namespace Weft.NetDaemon.Configuration;

/// <summary>The command line's options for the underlay, and the node's labels.</summary>
internal sealed class UnderlayCommandLine
{
    private readonly Option<string> _uplink = DaemonCommandLine.Text("--uplink", "NAME|PATTERN", "Interface that leads out and to other nodes, such as eth0 or en* (default: the default route's)");
    private readonly Option<string> _routeTo = DaemonCommandLine.Text("--uplink-route-to", "ADDRESS,...", "The same, chosen as the one by which this address is reached: one of a family at most");
    private readonly Option<string> _addresses = DaemonCommandLine.Text("--underlay-addresses", "ADDRESS,...", "What other nodes reach this one at, one of a family at most (default: the interface's addresses)");
    private readonly Option<string> _port = DaemonCommandLine.Text("--overlay-port", "PORT", "UDP port of the tunnels between nodes, the same on all of them (default: 4789)");
    private readonly Option<string> _labels = DaemonCommandLine.Text("--labels", "KEY=VALUE,...", "Labels of this node, by which pools select it");

    public IEnumerable<Option> All => [_uplink, _routeTo, _addresses, _port, _labels];

    public UnderlayTexts Read(ParseResult parsed) => new(
        parsed.GetValue(_uplink), Split(parsed.GetValue(_routeTo)), Split(parsed.GetValue(_addresses)), parsed.GetValue(_port), Split(parsed.GetValue(_labels)));

    private static string[]? Split(string? list) => list?.Split(',', StringSplitOptions.TrimEntries);
}
