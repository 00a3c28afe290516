using System.Net.Sockets;
using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route.Wire;

namespace Weft.Dataplane.Conntrack;

/// <content>Flows by the port that their first packet was sent to.</content>
public sealed partial class ConntrackSocket
{
    private const uint ByProtocol = 1 << 3;            // CTA_FILTER_F_CTA_PROTO_NUM
    private const uint ByDestinationPort = 1 << 5;     // CTA_FILTER_F_CTA_PROTO_DST_PORT

    /// <summary>
    /// The tracked flows that were sent to a port, whatever they were translated to. From Linux 5.8 on the kernel leaves out all others;
    /// an older one sends everything, and it is left out here.
    /// </summary>
    /// <param name="family">IPv4 or IPv6.</param>
    /// <param name="protocol">IP protocol number of one that has ports: 6, 17, 132.</param>
    /// <param name="port">The destination port before translation.</param>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public List<ConntrackEntry> EntriesTo(AddressFamily family, byte protocol, ushort port) => EntriesTo(family, protocol, new HashSet<ushort> { port });

    /// <summary>As the other one, for many ports by one look at the kernel's table.</summary>
    public List<ConntrackEntry> EntriesTo(AddressFamily family, byte protocol, IReadOnlySet<ushort> ports)
    {
        ArgumentNullException.ThrowIfNull(ports);
        if (family is not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6))
        {
            throw new ArgumentOutOfRangeException(nameof(family), family, "the kernel filters flows of one family at a time");
        }
        if (ports.Count == 0)
        {
            return [];
        }
        var request = new NetlinkBatch(128);
        NetlinkWriter writer = request.Begin(GetMessage, NetlinkMessageFlags.Dump, 128);
        writer.WriteHeader(new NetfilterHeader { Family = WireAddress.FamilyOf(family) });
        NestedAttribute tuple = writer.BeginNested(ConntrackAttribute.Original);
        NestedAttribute values = writer.BeginNested(ConntrackAttribute.TupleProtocol);
        writer.WriteByte(ConntrackAttribute.ProtocolNumber, protocol);
        // The filter takes one port; of several, the kernel leaves out other protocols only.
        if (ports.Count == 1)
        {
            writer.WriteUInt16BigEndian(ConntrackAttribute.DestinationPort, ports.First());
        }
        writer.EndNested(values);
        writer.EndNested(tuple);
        NestedAttribute filter = writer.BeginNested(ConntrackAttribute.Filter);
        writer.WriteUInt32(ConntrackAttribute.FilterOriginal, ByProtocol | (ports.Count == 1 ? ByDestinationPort : 0));
        writer.EndNested(filter);
        request.End(ref writer, "conntrack --dump by port");
        return _socket.Dump(request, (in NetlinkMessage message) => ConntrackDecoder.Decode(message, null) is { } entry
            && entry.Original.Protocol == protocol && ports.Contains(entry.Original.DestinationPort) ? entry : null);
    }
}
