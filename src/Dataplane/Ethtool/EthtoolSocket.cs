using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route;

namespace Weft.Dataplane.Ethtool;

/// <summary>Reads and switches offloads of network devices, over generic netlink (Linux 5.7). Not thread-safe.</summary>
public sealed class EthtoolSocket : IDisposable
{
    private const int HeaderSize = 4;        // struct genlmsghdr
    private const int RoomForFeatures = 4096;

    private readonly NetlinkSocket _socket;
    private readonly ushort _family;

    private EthtoolSocket(NetlinkSocket socket, ushort family) => (_socket, _family) = (socket, family);

    /// <summary>Opens a socket in the calling thread's network namespace, or in another; it stays there.</summary>
    /// <exception cref="KernelException">The kernel refused, or (ENOENT) has no ethtool netlink.</exception>
    public static EthtoolSocket Open(NetworkNamespace? within = null)
    {
        NetlinkSocket socket = NetlinkSocket.Open(NetlinkProtocol.Generic, within);
        try
        {
            return new EthtoolSocket(socket, GenericFamily.Resolve(socket, "ethtool"));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The device's offloads that are on, wanted or can be switched, by name.</summary>
    /// <exception cref="NetlinkException">There is no such device (ENODEV), or the kernel refused.</exception>
    public IReadOnlyList<OffloadFeature> Features(LinkReference link)
    {
        var found = new FeatureSets();
        var request = new NetlinkBatch(256);
        NetlinkWriter writer = request.Begin(_family, NetlinkMessageFlags.None, 256);
        writer.WriteHeader(new GenericHeader { Command = EthtoolConstants.FeaturesGet, Version = EthtoolConstants.Version });
        WriteDevice(ref writer, link, 0);
        request.End(ref writer, $"ethtool --show-features {link}");
        _socket.Execute(request, (in NetlinkMessage message) => found.Read(message.Attributes(HeaderSize)));
        return found.ToList();
    }

    /// <summary>Switches offloads on or off, all in one step.</summary>
    /// <param name="link">The device.</param>
    /// <param name="features">Names (see <see cref="OffloadNames"/>) and whether they should be on.</param>
    /// <returns>The names of those that are not as wanted afterwards: fixed by the driver, or dependent on one that is off.</returns>
    /// <exception cref="NetlinkException">There is no such device (ENODEV), a name is unknown (EOPNOTSUPP), or the kernel
    /// refused.</exception>
    public IReadOnlyList<string> Switch(LinkReference link, params ReadOnlySpan<KeyValuePair<string, bool>> features)
    {
        var request = new NetlinkBatch(256);
        NetlinkWriter writer = request.Begin(_family, NetlinkMessageFlags.None, RoomForFeatures);
        writer.WriteHeader(new GenericHeader { Command = EthtoolConstants.FeaturesSet, Version = EthtoolConstants.Version });
        WriteDevice(ref writer, link, EthtoolConstants.OmitReply);
        NestedAttribute wanted = writer.BeginNested(EthtoolConstants.Wanted);
        NestedAttribute bits = writer.BeginNested(EthtoolConstants.Bits);
        string text = "";
        foreach ((string name, bool on) in features)
        {
            NestedAttribute bit = writer.BeginNested(EthtoolConstants.Bit);
            writer.WriteString(EthtoolConstants.BitName, name);
            if (on)
            {
                writer.WriteFlag(EthtoolConstants.BitValue);
            }
            writer.EndNested(bit);
            text += on ? $" {name} on" : $" {name} off";
        }
        writer.EndNested(bits);
        writer.EndNested(wanted);
        request.End(ref writer, $"ethtool --features {link}{text}");
        _socket.Execute(request);
        return NotAsWanted(Features(link), features);
    }

    /// <summary>Closes the socket.</summary>
    public void Dispose() => _socket.Dispose();

    private static List<string> NotAsWanted(IReadOnlyList<OffloadFeature> now, ReadOnlySpan<KeyValuePair<string, bool>> wanted)
    {
        var active = new HashSet<string>(StringComparer.Ordinal);
        foreach (OffloadFeature feature in now)
        {
            if (feature.Active)
            {
                active.Add(feature.Name);
            }
        }
        var failed = new List<string>();
        foreach ((string name, bool on) in wanted)
        {
            if (active.Contains(name) != on)
            {
                failed.Add(name);
            }
        }
        return failed;
    }

    private static void WriteDevice(ref NetlinkWriter writer, LinkReference link, uint flags)
    {
        NestedAttribute header = writer.BeginNested(EthtoolConstants.Header);
        if (link.Name is { } name)
        {
            writer.WriteString(EthtoolConstants.DeviceName, name);
        }
        else
        {
            writer.WriteInt32(EthtoolConstants.DeviceIndex, link.Index);
        }
        if (flags != 0)
        {
            writer.WriteUInt32(EthtoolConstants.Flags, flags);
        }
        writer.EndNested(header);
    }
}
