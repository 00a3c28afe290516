using System.Net;

namespace Weft.Dataplane.Conntrack;

/// <summary>One direction of a tracked flow.</summary>
/// <param name="Source">Who sends.</param>
/// <param name="Destination">Who receives.</param>
/// <param name="Protocol">IP protocol number: 6 TCP, 17 UDP, 1 ICMP, 58 ICMPv6.</param>
/// <param name="SourcePort">Source port; 0 for protocols without.</param>
/// <param name="DestinationPort">Destination port; 0 for protocols without.</param>
public sealed record ConntrackTuple(IPAddress Source, IPAddress Destination, byte Protocol, ushort SourcePort, ushort DestinationPort)
{
    /// <summary>Identifier of an ICMP or ICMPv6 query.</summary>
    public ushort IcmpId { get; init; }

    /// <summary>Type of an ICMP or ICMPv6 message.</summary>
    public byte IcmpType { get; init; }

    /// <summary>Code of an ICMP or ICMPv6 message.</summary>
    public byte IcmpCode { get; init; }

    /// <summary>"6 10.0.0.7:51312 > 192.0.2.1:443".</summary>
    public override string ToString() =>
        $"{Protocol} {new IPEndPoint(Source, SourcePort)} > {new IPEndPoint(Destination, DestinationPort)}";
}
