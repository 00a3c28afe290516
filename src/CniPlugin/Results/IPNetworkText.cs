using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Weft.CniPlugin.Results;

/// <summary>Text such as 10.83.0.5/32. Unlike <see cref="IPNetwork"/>, bits beyond the prefix may be set.</summary>
internal static class IPNetworkText
{
    public static bool TryParse(string text, [NotNullWhen(true)] out IPAddress? address, out int prefixLength)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        prefixLength = 0;
        address = null;
        return slash > 0
            && IPAddress.TryParse(text.AsSpan(0, slash), out address)
            && int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out prefixLength)
            && prefixLength <= (address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
    }
}
