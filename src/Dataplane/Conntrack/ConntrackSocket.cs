using System.Net.Sockets;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route.Wire;

namespace Weft.Dataplane.Conntrack;

/// <summary>Reads and deletes the tracked flows of one network namespace. Not thread-safe.</summary>
public sealed class ConntrackSocket : IDisposable
{
    private const ushort Subsystem = 0x0100;               // NFNL_SUBSYS_CTNETLINK << 8
    private const ushort GetMessage = Subsystem | 1;       // IPCTNL_MSG_CT_GET
    private const ushort DeleteMessage = Subsystem | 2;    // IPCTNL_MSG_CT_DELETE
    private const ushort StatisticsMessage = Subsystem | 5;    // IPCTNL_MSG_CT_GET_STATS

    private const int TupleSizeAtMost = 128;               // bytes of a written tuple, IPv6 with ports and all headers: 76

    private readonly NetlinkSocket _socket;

    private ConntrackSocket(NetlinkSocket socket) => _socket = socket;

    /// <summary>Opens a socket in the calling thread's network namespace, or in another; it stays there.</summary>
    /// <exception cref="KernelException">The kernel refused the socket or the namespace.</exception>
    public static ConntrackSocket Open(NetworkNamespace? within = null)
    {
        NetlinkSocket socket = NetlinkSocket.Open(NetlinkProtocol.Netfilter, within);
        socket.TrySetReceiveBuffer(1024 * 1024);
        return new ConntrackSocket(socket);
    }

    /// <summary>Number of tracked flows.</summary>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public int Count()
    {
        int count = 0;
        var request = new NetlinkBatch(64);
        NetlinkWriter writer = request.Begin(StatisticsMessage, NetlinkMessageFlags.None, 64);
        writer.WriteHeader(default(NetfilterHeader));
        request.End(ref writer, "conntrack --count");
        _socket.Execute(request, (in NetlinkMessage message) =>
        {
            AttributeReader attributes = message.Attributes(4);
            while (attributes.TryRead(out NetlinkAttribute attribute))
            {
                if (attribute.Type == ConntrackAttribute.GlobalEntries)
                {
                    count = (int)attribute.UInt32BigEndian;
                }
            }
        });
        return count;
    }

    /// <summary>The tracked flows. While others come and go, some may be shown twice or not at all.</summary>
    /// <param name="family">IPv4, IPv6, or unspecified for both.</param>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public List<ConntrackEntry> Entries(AddressFamily family = AddressFamily.Unspecified) => Dump(WireAddress.FamilyOf(family), null);

    /// <summary>The tracked flows that are looked for, by one look at the kernel's table.</summary>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public List<ConntrackEntry> Entries(ConntrackSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        return selection.IsEmpty ? [] : Dump(WireAddress.FamilyOf(AddressFamily.Unspecified), selection);
    }

    /// <summary>
    /// Deletes these very entries. The next packet of one is judged anew, so change the rules first. One that has ended by itself
    /// meanwhile is not an error.
    /// </summary>
    /// <returns>How many were deleted.</returns>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public int Delete(IReadOnlyCollection<ConntrackEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        int deleted = entries.Count;
        foreach (NetlinkException failure in TryDelete(entries))
        {
            deleted--;
            if (failure.Errno != Errno.ENOENT)
            {
                throw failure;
            }
        }
        return deleted;
    }

    /// <summary>Closes the socket.</summary>
    public void Dispose() => _socket.Dispose();

    private IReadOnlyList<NetlinkException> TryDelete(IReadOnlyCollection<ConntrackEntry> entries)
    {
        var batch = new NetlinkBatch();
        foreach (ConntrackEntry entry in entries)
        {
            NetlinkWriter writer = batch.Begin(DeleteMessage, NetlinkMessageFlags.None, TupleSizeAtMost + 64);
            writer.WriteHeader(new NetfilterHeader { Family = WireAddress.FamilyOf(entry.Original.Source) });
            NestedAttribute tuple = writer.BeginNested(ConntrackAttribute.Original);
            WriteTuple(ref writer, entry.Original);
            writer.EndNested(tuple);
            if (entry.Zone != 0)
            {
                writer.WriteUInt16BigEndian(ConntrackAttribute.Zone, entry.Zone);
            }
            // Of this very entry: a new one for the same flow was let in by the new rules.
            writer.WriteUInt32BigEndian(ConntrackAttribute.Id, entry.Id);
            batch.End(ref writer, $"conntrack --delete {entry.Original}");
        }
        return _socket.TryExecute(batch);
    }

    private static void WriteTuple(ref NetlinkWriter writer, ConntrackTuple tuple)
    {
        bool six = WireAddress.FamilyOf(tuple.Source) == WireAddress.Inet6;
        NestedAttribute addresses = writer.BeginNested(ConntrackAttribute.TupleAddresses);
        WireAddress.Write(ref writer, six ? ConntrackAttribute.Source6 : ConntrackAttribute.Source4, tuple.Source);
        WireAddress.Write(ref writer, six ? ConntrackAttribute.Destination6 : ConntrackAttribute.Destination4, tuple.Destination);
        writer.EndNested(addresses);
        NestedAttribute protocol = writer.BeginNested(ConntrackAttribute.TupleProtocol);
        writer.WriteByte(ConntrackAttribute.ProtocolNumber, tuple.Protocol);
        switch (tuple.Protocol)
        {
            case 1:      // IPPROTO_ICMP
                writer.WriteUInt16BigEndian(ConntrackAttribute.IcmpId, tuple.IcmpId);
                writer.WriteByte(ConntrackAttribute.IcmpType, tuple.IcmpType);
                writer.WriteByte(ConntrackAttribute.IcmpCode, tuple.IcmpCode);
                break;
            case 58:     // IPPROTO_ICMPV6
                writer.WriteUInt16BigEndian(ConntrackAttribute.Icmp6Id, tuple.IcmpId);
                writer.WriteByte(ConntrackAttribute.Icmp6Type, tuple.IcmpType);
                writer.WriteByte(ConntrackAttribute.Icmp6Code, tuple.IcmpCode);
                break;
            default:
                writer.WriteUInt16BigEndian(ConntrackAttribute.SourcePort, tuple.SourcePort);
                writer.WriteUInt16BigEndian(ConntrackAttribute.DestinationPort, tuple.DestinationPort);
                break;
        }
        writer.EndNested(protocol);
    }

    private List<ConntrackEntry> Dump(byte family, ConntrackSelection? selection)
    {
        var request = new NetlinkBatch(64);
        NetlinkWriter writer = request.Begin(GetMessage, NetlinkMessageFlags.Dump, 64);
        writer.WriteHeader(new NetfilterHeader { Family = family });
        request.End(ref writer, "conntrack --dump");
        return _socket.Dump(request, (in NetlinkMessage message) => ConntrackDecoder.Decode(message, selection));
    }
}
