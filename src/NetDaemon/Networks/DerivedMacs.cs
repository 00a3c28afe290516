using System.Buffers.Binary;
using System.IO.Hashing;
using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Route;

namespace Weft.NetDaemon.Networks;

/// <summary>
/// MACs that follow from what they belong to, so that nothing needs to learn them and an address that is used again comes back
/// with the MAC that neighbours may still remember. All locally administered (IEEE 802, second bit of the first byte).
/// </summary>
internal static class DerivedMacs
{
    /// <summary>02:57:01 and the network's number, 24 bits.</summary>
    public static MacAddress Bridge(uint networkNumber) =>
        Create(0x02, 0x57, 0x01, (byte)(networkNumber >> 16), (byte)(networkNumber >> 8), (byte)networkNumber);

    /// <summary>02:57:02 and the network's number: of its hairpin link, which may not have the bridge's.</summary>
    public static MacAddress Hairpin(uint networkNumber) =>
        Create(0x02, 0x57, 0x02, (byte)(networkNumber >> 16), (byte)(networkNumber >> 8), (byte)networkNumber);

    /// <summary>02:57:03 and the node's number: of all VXLAN devices of a node.</summary>
    public static MacAddress Vtep(uint nodeNumber) =>
        Create(0x02, 0x57, 0x03, (byte)(nodeNumber >> 16), (byte)(nodeNumber >> 8), (byte)nodeNumber);

    /// <summary>06:57 and the IPv4 address, or a hash of the IPv6 address where the container has no other.</summary>
    public static MacAddress Container(IPAddress address) => FromAddress(0x06, address);

    /// <summary>The host end's: 0a:57 and the same four bytes.</summary>
    public static MacAddress HostEnd(IPAddress address) => FromAddress(0x0a, address);

    private static MacAddress FromAddress(byte first, IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int length);
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, XxHash32.HashToUInt32(bytes[..length]));
        }
        return Create(first, 0x57, bytes[0], bytes[1], bytes[2], bytes[3]);
    }

    private static MacAddress Create(params ReadOnlySpan<byte> bytes) => new(bytes);
}
