using System.Net;
using System.Net.Sockets;

namespace Weft.CniPlugin.Configuration;

/// <summary>Addresses as people and runtimes write them.</summary>
internal static class AddressText
{
    /// <summary>An address alone; null when the text is none.</summary>
    public static IPAddress? Parse(string text)
    {
        // IPAddress also accepts 10.1, 0x7f000001, fe80::1%eth0 and [::1], none of which is meant here.
        if (text.AsSpan().ContainsAny('%', '[', ']') || !IPAddress.TryParse(text, out IPAddress? address))
        {
            return null;
        }
        return address.AddressFamily == AddressFamily.InterNetwork && address.ToString() != text ? null : address;
    }
}
