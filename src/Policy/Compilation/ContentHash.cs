using System.Security.Cryptography;
using System.Text;

namespace Weft.Policy.Compilation;

/// <summary>Names made from content. Tenants choose the content, so a hash that nobody can make collide: 96 bits of SHA-256.</summary>
public static class ContentHash
{
    /// <summary>24 hexadecimal digits.</summary>
    public static string Of(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        return Convert.ToHexStringLower(hash[..12]);
    }
}
