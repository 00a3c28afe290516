using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Weft.Dataplane.Native;

namespace Weft.Dataplane.Nftables.Wire;

/// <summary>What nf_tables puts into the header of every netfilter message.</summary>
internal static class NfGenHeader
{
    public const ushort Subsystem = 10;             // NFNL_SUBSYS_NFTABLES
    public const ushort BatchBegin = 0x10;          // NFNL_MSG_BATCH_BEGIN
    public const ushort BatchEnd = 0x11;            // NFNL_MSG_BATCH_END

    /// <summary>Bytes.</summary>
    public static int Size => Unsafe.SizeOf<NetfilterHeader>();

    public static NetfilterHeader For(NftFamily family) => new() { Family = (byte)family };

    /// <summary>In the messages around a batch, the resource is the subsystem.</summary>
    public static NetfilterHeader ForBatch() => new()
    {
        ResourceId = BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(Subsystem) : Subsystem,
    };

    public static ushort Type(NftMessage message) => (ushort)((Subsystem << 8) | (byte)message);
}
