using System.Runtime.InteropServices;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary>Names of bits, as nft(8) prints them.</summary>
internal static class NftBits
{
    private static readonly string[] States = ["invalid", "established", "related", "new", "", "", "untracked"];
    private static readonly string[] Flags = ["fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr"];
    private static readonly string[] Statuses = ["expected", "seen-reply", "assured", "confirmed", "snat", "dnat", "", "", "", "dying"];

    public static string Format(NftDataType type, NftValue value, string separator)
    {
        string[]? names = type == NftDataType.CtState ? States
            : type == NftDataType.TcpFlags ? Flags
            : type == NftDataType.CtStatus ? Statuses
            : null;
        if (names is null)
        {
            return type.Format(value.Bytes);
        }
        uint bits = value.Length == 1 ? value.Bytes[0] : MemoryMarshal.Read<uint>(value.Bytes);
        var found = new List<string>();
        for (int i = 0; i < 32; i++)
        {
            if ((bits >> i & 1) != 0)
            {
                found.Add(i < names.Length && names[i].Length > 0 ? names[i] : $"0x{1u << i:x}");
            }
        }
        return found.Count == 0 ? "0x0" : string.Join(separator, found);
    }
}
