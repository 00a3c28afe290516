using Weft.Cli.Output;
using Weft.Contracts.V1;

namespace Weft.Cli.Tests;

public sealed class DropsTests
{
    [Fact]
    public void Counts_come_first_and_then_the_latest_packets_with_names()
    {
        var by = new DroppedBy { Kind = "NetworkPolicy", Namespace = "shop", Name = "closed", Direction = "Ingress" };
        var reply = new ListDropsReply
        {
            Counters =
            {
                new DropCount { By = by, Packets = 12, Bytes = 720 },
                new DropCount { By = new DroppedBy { Kind = "ClusterNetworkPolicy", Name = "quarantine", Direction = "Egress", Staged = true }, Packets = 3, Bytes = 180 },
                new DropCount { By = new DroppedBy(), Packets = 1, Bytes = 60 },
            },
            Latest =
            {
                new DroppedPacket
                {
                    UnixMs = 1_795_000_000_000, By = by, Source = "10.83.0.2", SourcePort = 40000, SourceEndpoint = "shop/stranger",
                    Destination = "10.83.0.3", DestinationPort = 80, DestinationEndpoint = "shop/web", Protocol = 6,
                },
                new DroppedPacket { UnixMs = 1_795_000_001_000, By = by, Source = "2001:db8::9", SourcePort = 5353, Destination = "fd00::3", DestinationPort = 53, DestinationEndpoint = "shop/web", Protocol = 17 },
                new DroppedPacket { UnixMs = 1_795_000_002_000, By = by, Source = "192.0.2.1", Destination = "10.83.0.3", Protocol = 1 },
            },
        };
        using var text = new StringWriter();

        DropsOutput.Write(text, reply);

        Golden.Equal("drops.txt", text.ToString());
    }

    [Fact]
    public async Task Drops_have_no_name() =>
        (await Outcome.OfAsync("/nonexistent.sock", "", "get", "drops", "closed")).Failed(2, "weft: drops have no name or namespace: `weft get drops` shows all of this node\nweft: see `weft get --help`\n");
}
