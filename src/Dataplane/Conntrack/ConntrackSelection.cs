using System.Buffers.Binary;
using System.Net;
using Weft.Dataplane.Netlink;

namespace Weft.Dataplane.Conntrack;

/// <summary>
/// Which tracked flows are looked for: those of any of the addresses, and those to any of the ports. A look goes through the kernel's whole
/// table, whoever is looked for (9 ms for its 262144 empty buckets, without a pause), so ask for all at once.
/// </summary>
public sealed class ConntrackSelection
{
    private readonly HashSet<UInt128> _addresses = [];
    private readonly HashSet<(byte Protocol, ushort Port)> _ports = [];

    /// <summary>Whether nothing is looked for.</summary>
    public bool IsEmpty => _addresses.Count == 0 && _ports.Count == 0;

    /// <summary>Adds the flows with that address at either end, in either direction, before or after translation.</summary>
    public ConntrackSelection Add(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        _addresses.Add(Key(address.GetAddressBytes()));
        return this;
    }

    /// <summary>Adds the flows whose first packet was sent to that port, of either family, whatever it was translated to.</summary>
    /// <param name="protocol">IP protocol number of one that has ports: 6, 17, 132.</param>
    /// <param name="port">The destination port before translation.</param>
    public ConntrackSelection Add(byte protocol, ushort port)
    {
        _ports.Add((protocol, port));
        return this;
    }

    /// <summary>Whether a flow is looked for. Allocates nothing: most flows of a large table are not.</summary>
    /// <param name="original">Value of CTA_TUPLE_ORIG.</param>
    /// <param name="reply">Value of CTA_TUPLE_REPLY.</param>
    internal bool Includes(ReadOnlySpan<byte> original, ReadOnlySpan<byte> reply) =>
        (_addresses.Count > 0 && (HasAddress(original) || HasAddress(reply))) || (_ports.Count > 0 && HasPort(original));

    private bool HasAddress(ReadOnlySpan<byte> tuple)
    {
        AttributeReader addresses = Part(tuple, ConntrackAttribute.TupleAddresses);
        while (addresses.TryRead(out NetlinkAttribute candidate))
        {
            if (candidate.Value.Length is 4 or 16 && _addresses.Contains(Key(candidate.Value)))
            {
                return true;
            }
        }
        return false;
    }

    private bool HasPort(ReadOnlySpan<byte> tuple)
    {
        (byte protocol, ushort port) = (0, 0);
        AttributeReader values = Part(tuple, ConntrackAttribute.TupleProtocol);
        while (values.TryRead(out NetlinkAttribute value))
        {
            switch (value.Type)
            {
                case ConntrackAttribute.ProtocolNumber:
                    protocol = value.Byte;
                    break;
                case ConntrackAttribute.DestinationPort:
                    port = value.UInt16BigEndian;
                    break;
            }
        }
        return _ports.Contains((protocol, port));
    }

    private static AttributeReader Part(ReadOnlySpan<byte> tuple, ushort type)
    {
        var parts = new AttributeReader(tuple);
        while (parts.TryRead(out NetlinkAttribute part))
        {
            if (part.Type == type)
            {
                return part.Nested;
            }
        }
        return default;
    }

    /// <summary>IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2).</summary>
    private static UInt128 Key(ReadOnlySpan<byte> address) => address.Length == 4
        ? new UInt128(0, 0xFFFF_0000_0000UL | BinaryPrimitives.ReadUInt32BigEndian(address))
        : BinaryPrimitives.ReadUInt128BigEndian(address);
}
