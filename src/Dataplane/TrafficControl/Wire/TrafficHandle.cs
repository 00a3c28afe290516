using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Weft.Dataplane.TrafficControl.Wire;

/// <summary>Numbers by which the kernel knows queueing disciplines, classes and filters: major in the upper 16 bits, minor below.</summary>
internal static class TrafficHandle
{
    public const uint Root = 0xFFFFFFFF;           // TC_H_ROOT
    public const uint ClassifierParent = 0xFFFFFFF1; // TC_H_CLSACT
    public const uint Classifier = 0xFFFF0000;     // the handle that clsact always has
    public const uint Ingress = 0xFFFFFFF2;        // TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)
    public const uint Discipline = 0x00010000;     // "1:", of every root discipline made here

    // One priority holds filters of one protocol only. Far from the small numbers that people and other programs use.
    private const uint Priority4 = 22512;
    private const uint Priority6 = 22513;
    private const ushort Protocol4 = 0x0800;       // ETH_P_IP
    private const ushort Protocol6 = 0x86DD;       // ETH_P_IPV6

    public static uint OfClass(ushort minor) => Discipline | minor;

    /// <summary>tcm_info of a family's filters.</summary>
    public static uint FilterInfo(AddressFamily family)
    {
        ushort protocol = family == AddressFamily.InterNetwork ? Protocol4 : Protocol6;
        return (family == AddressFamily.InterNetwork ? Priority4 : Priority6) << 16 | BigEndian(protocol);
    }

    /// <summary>The family whose filters have that tcm_info; unspecified: not made here.</summary>
    public static AddressFamily FamilyOf(uint info) => info == FilterInfo(AddressFamily.InterNetwork) ? AddressFamily.InterNetwork
        : info == FilterInfo(AddressFamily.InterNetworkV6) ? AddressFamily.InterNetworkV6
        : AddressFamily.Unspecified;

    /// <summary>The table of 256 buckets that holds a family's filters.</summary>
    public static uint Table(AddressFamily family) => (family == AddressFamily.InterNetwork ? 1u : 2u) << 20;

    /// <summary>The table and the bucket that an address's filter is in: its last byte.</summary>
    public static uint Bucket(IPAddress address) => Table(address.AddressFamily) | ((uint)address.GetAddressBytes()[^1] << 12);

    private static ushort BigEndian(ushort value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
}
