using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Weft.Dataplane.Nftables.Wire;

/// <summary>struct nfgenmsg (linux/netfilter/nfnetlink.h): the header of every netfilter message.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NfGenHeader
{
    public const int Size = 4;
    public const ushort Subsystem = 10;             // NFNL_SUBSYS_NFTABLES
    public const ushort BatchBegin = 0x10;          // NFNL_MSG_BATCH_BEGIN
    public const ushort BatchEnd = 0x11;            // NFNL_MSG_BATCH_END

    public byte Family;         // nfgen_family
    public byte Version;        // NFNETLINK_V0
    public ushort ResourceId;   // res_id, big-endian: the subsystem in the messages around a batch

    public static NfGenHeader For(NftFamily family) => new() { Family = (byte)family };

    public static NfGenHeader ForBatch() => new()
    {
        ResourceId = BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(Subsystem) : Subsystem,
    };

    public static ushort Type(NftMessage message) => (ushort)((Subsystem << 8) | (byte)message);
}
