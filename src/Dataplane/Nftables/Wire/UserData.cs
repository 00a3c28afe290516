using System.Runtime.InteropServices;
using System.Text;
using Weft.Dataplane.Netlink;

namespace Weft.Dataplane.Nftables.Wire;

/// <summary>
/// Userdata, which the kernel keeps without looking inside: a list of (type, length, value), one byte each for the first two, as
/// libnftnl has it, so that nft(8) shows our comments.
/// </summary>
internal static class UserData
{
    /// <summary>Writes a comment: at most 254 bytes and a final zero.</summary>
    public static void WriteComment(ref NetlinkWriter writer, ushort attribute, string comment)
    {
        int length = Encoding.UTF8.GetByteCount(comment);
        Span<byte> bytes = stackalloc byte[length + 3];
        bytes[0] = NftConstant.UserDataComment;
        bytes[1] = (byte)(length + 1);
        Encoding.UTF8.GetBytes(comment, bytes[2..]);
        bytes[^1] = 0;
        writer.WriteBytes(attribute, bytes);
    }

    /// <summary>Puts a number in host byte order; returns the bytes it took.</summary>
    public static int PutUInt32(Span<byte> bytes, byte type, uint value)
    {
        bytes[0] = type;
        bytes[1] = 4;
        MemoryMarshal.Write(bytes[2..], in value);
        return 6;
    }

    /// <summary>The comment in userdata of a rule or element; null when there is none, or when this is not such a list.</summary>
    public static string? Comment(ReadOnlySpan<byte> data)
    {
        while (data.Length >= 2 && data.Length >= 2 + data[1])
        {
            ReadOnlySpan<byte> value = data.Slice(2, data[1]);
            if (data[0] == NftConstant.UserDataComment)
            {
                int end = value.IndexOf((byte)0);
                return Encoding.UTF8.GetString(end < 0 ? value : value[..end]);
            }
            data = data[(2 + value.Length)..];
        }
        return null;
    }
}
