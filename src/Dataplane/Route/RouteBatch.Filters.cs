using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route.Wire;
using Weft.Dataplane.TrafficControl.Wire;

namespace Weft.Dataplane.Route;

/// <content>
/// Filters by source address (u32). Those of a link's classes are in a table of 256 buckets per family, by the address's last byte, so
/// that a packet is compared with a few of hundreds.
/// </content>
public sealed partial class RouteBatch
{
    private const byte Terminal = 1;             // TC_U32_TERMINAL
    private const int Stolen = 4;                // TC_ACT_STOLEN
    private const int RedirectToEgress = 1;      // TCA_EGRESS_REDIR
    private const int SourceOffset4 = 12;        // of the source address in an IPv4 header, bytes
    private const int SourceOffset6 = 8;

    /// <summary>Makes the tables that <see cref="AddClassFilter"/> fills, for both families. The link has a discipline of classes and no filters.</summary>
    public RouteBatch AddFilterTables(int link)
    {
        foreach (AddressFamily family in (AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            string shown = TableText(family);
            NetlinkWriter writer = BeginFilter(link, TrafficHandle.Discipline, TrafficHandle.Table(family), family);
            NestedAttribute options = writer.BeginNested(TrafficAttribute.Options);
            writer.WriteUInt32(TrafficAttribute.FilterDivisor, 256);
            writer.EndNested(options);
            Messages.End(ref writer, $"tc filter add dev if{link} parent 1: {Shown(family)} handle {shown} u32 divisor 256");

            writer = BeginFilter(link, TrafficHandle.Discipline, 0, family);
            options = writer.BeginNested(TrafficAttribute.Options);
            writer.WriteUInt32(TrafficAttribute.FilterLink, TrafficHandle.Table(family));
            int last = family == AddressFamily.InterNetwork ? SourceOffset4 : SourceOffset6 + 12;
            WriteSelector(
                ref writer,
                new SelectorHeader { KeyCount = 1, HashOffset = (short)last, HashMask = BigEndian(0xFF) },
                [default]);       // a key that every packet has
            writer.EndNested(options);
            Messages.End(ref writer, $"tc filter add dev if{link} parent 1: {Shown(family)} u32 match u32 0 0 hashkey mask 0xff at {last} link {shown}");
        }
        return this;
    }

    /// <summary>Leads packets from an address to a class of a link's discipline.</summary>
    /// <param name="link">Interface index.</param>
    /// <param name="source">The address.</param>
    /// <param name="minor">Minor number of the class.</param>
    /// <param name="number">1 to 4095: what tells the filter from others whose addresses end in the same byte.</param>
    /// <returns>This batch. The filter's handle is <see cref="ClassFilterHandle"/>.</returns>
    public RouteBatch AddClassFilter(int link, IPAddress source, ushort minor, int number)
    {
        ArgumentNullException.ThrowIfNull(source);
        NetlinkWriter writer = BeginFilter(link, TrafficHandle.Discipline, ClassFilterHandle(source, number), source.AddressFamily);
        NestedAttribute options = writer.BeginNested(TrafficAttribute.Options);
        writer.WriteUInt32(TrafficAttribute.FilterTable, TrafficHandle.Bucket(source));
        writer.WriteUInt32(TrafficAttribute.FilterClass, TrafficHandle.OfClass(minor));
        WriteSource(ref writer, source);
        writer.EndNested(options);
        Messages.End(ref writer, $"tc filter add dev if{link} parent 1: {Shown(source.AddressFamily)} u32 match {Match(source)} flowid 1:{minor:x}");
        return this;
    }

    /// <summary>Handle of the filter that <see cref="AddClassFilter"/> makes.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="number"/> is not 1 to 4095.</exception>
    public static uint ClassFilterHandle(IPAddress source, int number)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, 0xFFF);
        return TrafficHandle.Bucket(source) | (uint)number;
    }

    /// <summary>Deletes a filter that <see cref="AddClassFilter"/> made. Fails with ENOENT when there is none.</summary>
    public RouteBatch DeleteClassFilter(int link, AddressFamily family, uint handle)
    {
        NetlinkWriter writer = Messages.Begin(RouteMessageType.DeleteFilter, NetlinkMessageFlags.None);
        writer.WriteHeader(new TrafficHeader { Index = link, Handle = handle, Parent = TrafficHandle.Discipline, Info = TrafficHandle.FilterInfo(family) });
        writer.WriteString(TrafficAttribute.Kind, "u32");
        Messages.End(ref writer, $"tc filter del dev if{link} parent 1: {Shown(family)} handle {handle >> 20:x}:{(handle >> 12) & 0xFF:x}:{handle & 0xFFF:x} u32");
        return this;
    }

    /// <summary>
    /// Sends packets that come in by a link, from an address, through another link's discipline first. They go on as if nothing had been.
    /// The link has a classifier; see <see cref="AddClassifier"/>.
    /// </summary>
    /// <param name="link">Interface index of where they come in.</param>
    /// <param name="source">The address.</param>
    /// <param name="through">Interface index of an intermediate functional block.</param>
    public RouteBatch AddRedirect(int link, IPAddress source, int through)
    {
        ArgumentNullException.ThrowIfNull(source);
        NetlinkWriter writer = BeginFilter(link, TrafficHandle.Ingress, 0, source.AddressFamily);
        NestedAttribute options = writer.BeginNested(TrafficAttribute.Options);
        WriteSource(ref writer, source);
        NestedAttribute actions = writer.BeginNested(TrafficAttribute.FilterAction);
        NestedAttribute first = writer.BeginNested(1);
        writer.WriteString(TrafficAttribute.ActionKind, "mirred");
        NestedAttribute action = writer.BeginNested(TrafficAttribute.ActionOptions);
        writer.WriteStruct(
            TrafficAttribute.RedirectParameters,
            new RedirectOptions { Action = Stolen, Direction = RedirectToEgress, LinkIndex = (uint)through });
        writer.EndNested(action);
        writer.EndNested(first);
        writer.EndNested(actions);
        writer.EndNested(options);
        Messages.End(
            ref writer,
            $"tc filter add dev if{link} ingress {Shown(source.AddressFamily)} u32 match {Match(source)} action mirred egress redirect dev if{through}");
        return this;
    }

    /// <summary>Deletes all of a family's filters that <see cref="AddRedirect"/> made on a link. Fails with ENOENT when there is none.</summary>
    public RouteBatch DeleteRedirects(int link, AddressFamily family)
    {
        NetlinkWriter writer = Messages.Begin(RouteMessageType.DeleteFilter, NetlinkMessageFlags.None);
        writer.WriteHeader(new TrafficHeader { Index = link, Parent = TrafficHandle.Ingress, Info = TrafficHandle.FilterInfo(family) });
        Messages.End(ref writer, $"tc filter del dev if{link} ingress {Shown(family)}");
        return this;
    }

    private NetlinkWriter BeginFilter(int link, uint parent, uint handle, AddressFamily family)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(link);
        NetlinkWriter writer = Messages.Begin(RouteMessageType.NewFilter, AddFlags);
        writer.WriteHeader(new TrafficHeader { Index = link, Handle = handle, Parent = parent, Info = TrafficHandle.FilterInfo(family) });
        writer.WriteString(TrafficAttribute.Kind, "u32");
        return writer;
    }

    private static void WriteSource(ref NetlinkWriter writer, IPAddress source)
    {
        byte[] address = source.GetAddressBytes();
        Span<SelectorKey> keys = stackalloc SelectorKey[address.Length / sizeof(uint)];
        for (int i = 0; i < keys.Length; i++)
        {
            int offset = i * sizeof(uint);
            keys[i] = new SelectorKey
            {
                Mask = uint.MaxValue,
                Value = MemoryMarshal.Read<uint>(address.AsSpan(offset)),
                Offset = (address.Length == 4 ? SourceOffset4 : SourceOffset6) + offset,
            };
        }
        WriteSelector(ref writer, new SelectorHeader { Flags = Terminal, KeyCount = (byte)keys.Length }, keys);
    }

    private static void WriteSelector(ref NetlinkWriter writer, SelectorHeader header, scoped ReadOnlySpan<SelectorKey> keys)
    {
        Span<byte> bytes = stackalloc byte[80];       // a header and 4 keys, 16 bytes each
        MemoryMarshal.Write(bytes, in header);
        MemoryMarshal.AsBytes(keys).CopyTo(bytes[16..]);
        writer.WriteBytes(TrafficAttribute.FilterSelector, bytes[..(16 + (16 * keys.Length))]);
    }

    private static uint BigEndian(uint value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    private static string Shown(AddressFamily family) =>
        $"prio {TrafficHandle.FilterInfo(family) >> 16} protocol {(family == AddressFamily.InterNetwork ? "ip" : "ipv6")}";

    private static string TableText(AddressFamily family) => $"{TrafficHandle.Table(family) >> 20:x}:";

    private static string Match(IPAddress source) => source.AddressFamily == AddressFamily.InterNetwork ? $"ip src {source}/32" : $"ip6 src {source}/128";
}
