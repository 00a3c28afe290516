using System.Diagnostics.CodeAnalysis;
using System.Net;
using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.Dataplane.Route;

namespace Weft.NetDaemon.Nodes;

/// <summary>A node's published record, checked. Equal records are equal nodes.</summary>
internal sealed class KnownNode : IEquatable<KnownNode>
{
    private readonly Node _record;

    private KnownNode(Node record, IReadOnlyList<IPAddress> addresses, IReadOnlyList<IPNetwork> segments, MacAddress? uplinkMac) =>
        (_record, UnderlayAddresses, Segments, UplinkMac) = (record, addresses, segments, uplinkMac);

    public string Name => _record.Name;

    /// <summary>1 and up.</summary>
    public uint Number => _record.Number;

    /// <summary>Where tunnelled packets for it go, in its order of preference. Empty while it has no uplink.</summary>
    public IReadOnlyList<IPAddress> UnderlayAddresses { get; }

    /// <summary>Bytes.</summary>
    public uint Mtu => _record.Mtu;

    /// <summary>UDP port that its tunnels end at.</summary>
    public ushort OverlayPort => _record.OverlayPort is > 0 and <= ushort.MaxValue ? (ushort)_record.OverlayPort : Overlay.OverlayNetwork.StandardPort;

    /// <summary>Prefixes on its underlay link.</summary>
    public IReadOnlyList<IPNetwork> Segments { get; }

    /// <summary>Ethernet address of the frames from its uplink, or null.</summary>
    public MacAddress? UplinkMac { get; }

    /// <summary>Whether it needs no tunnel to nodes on its segments that say so, too.</summary>
    public bool RoutesDirectly => _record.DirectRouting;

    /// <summary>Name of the interface with its underlay addresses, or null.</summary>
    public string? Uplink => _record.Uplink.Length > 0 ? _record.Uplink : null;

    public bool IsCordoned => _record.Cordoned;

    /// <summary>Whether it gives back what nothing there uses.</summary>
    public bool IsDraining => _record.Draining;

    /// <summary>What pools select nodes by.</summary>
    public IReadOnlyDictionary<string, string> Labels => _record.Labels.AsReadOnly();

    /// <summary>A copy of the whole record.</summary>
    public Node Record => _record.Clone();

    /// <summary>A node by its own record.</summary>
    /// <exception cref="ArgumentException">The record is not as a node may be.</exception>
    public static KnownNode Of(Node record) => TryRead(record.Name, record.ToByteArray(), out KnownNode? node, out string? problem)
        ? node
        : throw new ArgumentException($"the node record {problem}", nameof(record));

    /// <param name="name">As the key says.</param>
    /// <param name="value">What is stored there.</param>
    /// <param name="node">The node.</param>
    /// <param name="problem">What is wrong, in a few words.</param>
    public static bool TryRead(string name, ReadOnlyMemory<byte> value, [NotNullWhen(true)] out KnownNode? node, [NotNullWhen(false)] out string? problem)
    {
        node = null;
        Node record;
        try
        {
            record = Node.Parser.ParseFrom(value.Span);
        }
        catch (InvalidProtocolBufferException e)
        {
            problem = $"is no node record: {e.Message}";
            return false;
        }
        if (record.Name != name || record.Number == 0)
        {
            problem = $"is the record of node \"{record.Name}\" with number {record.Number}";
            return false;
        }
        List<IPAddress> addresses = [];
        foreach (string text in record.UnderlayAddresses)
        {
            if (!IPAddress.TryParse(text, out IPAddress? address))
            {
                problem = $"has the underlay address \"{text}\"";
                return false;
            }
            addresses.Add(address);
        }
        List<IPNetwork> segments = [];
        foreach (string text in record.Segments)
        {
            if (!IPNetwork.TryParse(text, out IPNetwork segment))
            {
                problem = $"has the segment \"{text}\"";
                return false;
            }
            segments.Add(segment);
        }
        MacAddress? uplinkMac = null;
        if (record.UplinkMac.Length > 0)
        {
            if (!MacAddress.TryParse(record.UplinkMac, out MacAddress mac) || mac.IsMulticast || mac == default)
            {
                problem = $"has the Ethernet address \"{record.UplinkMac}\"";
                return false;
            }
            uplinkMac = mac;
        }
        problem = null;
        node = new KnownNode(record, addresses, segments, uplinkMac);
        return true;
    }

    public bool Equals(KnownNode? other) => other is not null && _record.Equals(other._record);

    public override bool Equals(object? obj) => Equals(obj as KnownNode);

    public override int GetHashCode() => _record.GetHashCode();
}
