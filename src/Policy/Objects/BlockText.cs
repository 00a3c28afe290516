using System.Globalization;
using System.Net;

namespace Weft.Policy.Objects;

/// <summary>Reads ranges of addresses in policies.</summary>
internal static class BlockText
{
    /// <summary>As <see cref="Cidr.TryParse"/>, but bits below the prefix are tolerated, as upstream does, and count as zero.</summary>
    public static Cidr? Parse(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash >= 0
            && AddressNumber.TryParse(text.AsSpan(0, slash), out IPAddress? address)
            && !address.IsIPv4MappedToIPv6
            && int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int length)
            && text.Length - slash - 1 == length.ToString(CultureInfo.InvariantCulture).Length
            && length <= (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128)
                ? Cidr.Containing(address, length)
                : null;
    }
}
