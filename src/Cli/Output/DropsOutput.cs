using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Weft.Contracts.V1;

namespace Weft.Cli.Output;

/// <summary>What policies dropped, as tables and as a document.</summary>
internal static class DropsOutput
{
    /// <summary>What each policy dropped, then the latest packets, oldest first.</summary>
    public static void Write(TextWriter writer, ListDropsReply reply)
    {
        var counts = new TextTable("POLICY", "DIRECTION", "STAGED", "PACKETS", "BYTES");
        foreach (DropCount count in reply.Counters)
        {
            counts.Add(PolicyOf(count.By), count.By.Direction, count.By.Staged ? "yes" : "no", Number(count.Packets), Number(count.Bytes));
        }
        counts.WriteTo(writer);
        if (reply.Latest.Count == 0)
        {
            return;
        }
        writer.WriteLine();
        var packets = new TextTable("TIME", "FROM", "TO", "PROTOCOL", "DIRECTION", "POLICY");
        foreach (DroppedPacket packet in reply.Latest)
        {
            packets.Add(
                ResourceDocument.Time(packet.UnixMs), End(packet.SourceEndpoint, packet.Source, packet.SourcePort), End(packet.DestinationEndpoint, packet.Destination, packet.DestinationPort),
                ProtocolOf(packet.Protocol), packet.By.Direction, PolicyOf(packet.By) + (packet.By.Staged ? " (staged)" : ""));
        }
        packets.WriteTo(writer);
    }

    public static DocObject Of(ListDropsReply reply) => new()
    {
        { "apiVersion", "weft.dev/v1" },
        { "kind", "PolicyDrops" },
        { "counters", new DocValue.List([.. reply.Counters.Select(count => new DocObject { { "by", By(count.By) }, { "packets", count.Packets }, { "bytes", count.Bytes } })]) },
        { "latest", new DocValue.List([.. reply.Latest.Select(Of)]) },
    };

    private static DocObject Of(DroppedPacket packet) => new()
    {
        { "time", ResourceDocument.Time(packet.UnixMs) },
        { "by", By(packet.By) },
        { "source", packet.Source },
        { "sourcePort", packet.SourcePort },
        { "sourceEndpoint", packet.SourceEndpoint },
        { "destination", packet.Destination },
        { "destinationPort", packet.DestinationPort },
        { "destinationEndpoint", packet.DestinationEndpoint },
        { "protocol", ProtocolOf(packet.Protocol) },
    };

    private static DocObject By(DroppedBy by) => new()
    {
        { "kind", by.Kind },
        { "namespace", by.Namespace },
        { "name", by.Name },
        { "direction", by.Direction },
        { "staged", by.Staged },
    };

    private static string PolicyOf(DroppedBy by) => by.Kind.Length == 0 ? "labels not known" : $"{by.Kind} {(by.Namespace.Length > 0 ? by.Namespace + "/" : "")}{by.Name}";

    private static string End(string endpoint, string address, uint port)
    {
        string end = port == 0 ? address : IPAddress.TryParse(address, out IPAddress? parsed) && parsed.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]:{port}" : $"{address}:{port}";
        return endpoint.Length > 0 ? $"{endpoint} ({end})" : end;
    }

    private static string ProtocolOf(uint protocol) => protocol switch
    {
        1 => "icmp",
        6 => "tcp",
        17 => "udp",
        58 => "icmp6",
        132 => "sctp",
        _ => Number(protocol),
    };

    private static string Number(ulong number) => number.ToString(CultureInfo.InvariantCulture);
}
