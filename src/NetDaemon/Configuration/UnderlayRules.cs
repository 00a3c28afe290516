using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Weft.NetDaemon.Nodes;
using Weft.Manifests.Yaml;

namespace Weft.NetDaemon.Configuration;

/// <summary>What may be said of the underlay. Each check returns what is wrong and what to write, or null.</summary>
internal static class UnderlayRules
{
    /// <summary>The kernel's rules for interface names (<see cref="OptionRules.CheckInterface"/>), with * and ? for parts of them.</summary>
    public static string? CheckUplink(string text) => OptionRules.CheckInterface(text) is null || (Encoding.UTF8.GetByteCount(text) is > 0 and <= 64 && text.AsSpan().ContainsAny('*', '?')
        && !text.Any(c => c is '/' or ':' || char.IsWhiteSpace(c) || char.IsControl(c)))
        ? null
        : $"{Quoted.Text(text)} is not the name of an interface, nor a pattern of names such as en*";

    /// <summary>An address that nodes can be reached at.</summary>
    public static string? CheckAddress(string text) => TryParse(text, out _)
        ? null
        : $"{Quoted.Text(text)} is not an IPv4 or IPv6 address that other nodes can reach; write one such as 192.0.2.7, without a prefix length";

    /// <summary>One address of a family at most.</summary>
    public static string? CheckFamilies(IReadOnlyList<IPAddress> addresses) =>
        addresses.GroupBy(a => a.AddressFamily).FirstOrDefault(g => g.Count() > 1) is { } several
            ? $"has {string.Join(" and ", several)}: one {(several.Key == AddressFamily.InterNetwork ? "IPv4" : "IPv6")} address is the most"
            : null;

    /// <summary>What only makes sense alone, in the settings together.</summary>
    public static string? CheckTogether(UnderlayChoice choice) => choice is { Interface: not null, RouteTo.Count: > 0 }
        ? "uplink (--uplink) and uplinkRouteTo (--uplink-route-to) both say which interface leads out; leave one of them out"
        : null;

    public static string? CheckPort(string text) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0 ? null : $"{Quoted.Text(text)} is not a UDP port of 1 to 65535";

    /// <summary>Reads "zone=a".</summary>
    public static string? CheckLabel(string text) =>
        text.Split('=', 2) is [var key, var value] && Manifests.SelectorFields.IsLabelKey(key) && Manifests.SelectorFields.IsLabelValue(value) && key != Networks.PoolSelection.NameLabel
            ? null
            : $"{Quoted.Text(text)} is not a label with its value, such as zone=a{(text.StartsWith(Networks.PoolSelection.NameLabel, StringComparison.Ordinal) ? $"; {Networks.PoolSelection.NameLabel} is the node's name by itself" : "")}";

    /// <summary>Unicast, of no scope, as others can use it.</summary>
    public static bool TryParse(string text, out IPAddress address)
    {
        // IPAddress also takes "7", "010.1.1.1" and "fe80::1%eth0".
        bool read = IPAddress.TryParse(text, out IPAddress? parsed) && (parsed.AddressFamily == AddressFamily.InterNetworkV6 ? !text.Contains('%', StringComparison.Ordinal) : parsed.ToString() == text)
            && !IPAddress.IsLoopback(parsed) && !parsed.IsIPv6LinkLocal && !parsed.IsIPv6Multicast && !parsed.IsIPv4MappedToIPv6
            && !parsed.Equals(IPAddress.Any) && !parsed.Equals(IPAddress.IPv6Any)
            && (parsed.AddressFamily == AddressFamily.InterNetworkV6 || parsed.GetAddressBytes()[0] < 224);
        address = read ? parsed! : IPAddress.None;
        return read;
    }

    public static IPAddress Parse(string text) => TryParse(text, out IPAddress address) ? address : throw new FormatException(CheckAddress(text));
}
