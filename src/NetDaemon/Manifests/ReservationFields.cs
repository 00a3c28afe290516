using System.Net;
using Weft.Dataplane.Route;
using Weft.Manifests.Yaml;

namespace Weft.NetDaemon.Manifests;

/// <summary>Reads the spec of a Reservation, and lists of addresses.</summary>
internal static class ReservationFields
{
    private const string DefaultNamespace = "default";
    private const int MaximumWithheld = 256;

    /// <summary>The reservation, or null when something is wrong with it.</summary>
    /// <param name="spec">Its spec.</param>
    /// <param name="name">Its name, or null when that is wrong.</param>
    /// <param name="network">Its network, checked already, or null.</param>
    /// <param name="origin">Where it is written.</param>
    public static DeclaredReservation? Read(FieldReader spec, string? name, string? network, ManifestOrigin origin)
    {
        string? endpointNamespace = Checked(spec, "namespace", ResourceName.IsLabel, "a namespace; use 1 to 63 lower-case letters, digits and \"-\"");
        string? endpoint = Checked(spec, "endpointName", ResourceName.IsHostName, "an endpoint's name; use lower-case letters, digits, \"-\" and \".\"");
        string? container = Checked(spec, "containerId", IsContainerId, "a container ID; use letters, digits, \"_\", \".\" and \"-\"");
        string? interfaceName = Checked(spec, "interface", IsInterfaceName, "the name of an interface");
        if (spec.Has("endpointName") == spec.Has("containerId"))
        {
            spec.Refuse("endpointName", "give either endpointName, or containerId: who the addresses are for");
        }
        if (spec.Has("interface") && !spec.Has("containerId"))
        {
            spec.Refuse("interface", "goes with containerId only; an endpoint gets the addresses on its first interface in the network");
        }
        List<IPAddress>? addresses = ReadAddresses(spec, "addresses", 2);
        if (addresses is not null && addresses.Select(a => a.AddressFamily).Distinct().Count() != addresses.Count)
        {
            spec.Refuse("addresses", "has two addresses of one family; an interface gets one of each");
        }
        if (addresses is { Count: 0 } || !spec.Has("addresses"))
        {
            spec.Refuse("addresses", "is required: an IPv4 address, an IPv6 address, or one of each");
        }
        MacAddress? mac = ReadMac(spec);
        spec.RejectUnknown();
        foreach (string field in (string[])["network", "endpointName", "containerId", "addresses", "mac"])
        {
            origin.SetLine("spec." + field, spec.LineOf(field));
        }
        return name is null || network is null || addresses is null
            ? null
            : new DeclaredReservation(
                name, origin, network, endpoint is null ? "" : endpointNamespace ?? DefaultNamespace, endpoint ?? "", container ?? "", interfaceName ?? "",
                addresses, mac);
    }

    /// <summary>A pool's withheld addresses, or null when the field is absent or wrong.</summary>
    public static IReadOnlyList<IPAddress>? ReadWithheld(FieldReader spec, Cidr? pool)
    {
        List<IPAddress>? addresses = ReadAddresses(spec, "withheld", MaximumWithheld);
        foreach (IPAddress address in addresses ?? [])
        {
            if (pool is { } range && !range.Contains(address))
            {
                spec.Refuse("withheld", $"{address} is not in {range}");
            }
        }
        return addresses;
    }

    public static bool IsContainerId(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= 1024 && char.IsAsciiLetterOrDigit(text[0]) && text.IndexOfAnyExcept(ContainerIdCharacters) < 0;

    public static bool IsInterfaceName(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= 15 && text is not ("." or "..") && text.IndexOfAnyExceptInRange('!', '~') < 0 && text.IndexOfAny('/', ':') < 0;

    private static readonly System.Buffers.SearchValues<char> ContainerIdCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");

    private delegate bool TextRule(ReadOnlySpan<char> text);

    private static string? Checked(FieldReader fields, string key, TextRule rule, string what)
    {
        string? text = fields.Text(key);
        if (text is not null && !rule(text))
        {
            fields.Refuse(key, $"{Quoted.Text(text)} is not {what}");
            return null;
        }
        return text;
    }

    private static List<IPAddress>? ReadAddresses(FieldReader fields, string key, int maximum)
    {
        if (fields.List(key) is not { } list)
        {
            return null;
        }
        if (list.Items.Count > maximum)
        {
            fields.Refuse(key, $"has {list.Items.Count} addresses, more than {maximum}");
            return null;
        }
        List<IPAddress> addresses = [];
        foreach (YamlNode item in list.Items)
        {
            if (item is YamlScalar scalar && AddressNumber.TryParse(scalar.Text, out IPAddress? address) && !address.IsIPv4MappedToIPv6)
            {
                addresses.Add(address);
            }
            else
            {
                fields.Refuse(key, $"{(item is YamlScalar text ? Quoted.Text(text.Text) : item.Noun)} is not an address; write one such as 10.83.0.5 or fd00:1::5");
            }
        }
        return addresses.Count == list.Items.Count ? addresses : null;
    }

    private static MacAddress? ReadMac(FieldReader spec)
    {
        string? text = spec.Text("mac");
        if (text is null)
        {
            return null;
        }
        if (!MacAddress.TryParse(text, out MacAddress mac) || mac.IsMulticast || mac == default)
        {
            spec.Refuse("mac", $"{Quoted.Text(text)} is not an interface's MAC; write one such as 02:00:00:00:00:05");
            return null;
        }
        return mac;
    }
}
