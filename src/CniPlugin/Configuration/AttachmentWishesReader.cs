using System.Net;
using System.Text.Json;
using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Invocation;
using Weft.Dataplane.Route;

namespace Weft.CniPlugin.Configuration;

/// <summary>
/// Reads the wishes of an ADD. Where several places name one, CNI_ARGS yields to "args.cni", and that to "runtimeConfig"
/// (CNI conventions: "CNI_ARGS is deprecated").
/// </summary>
internal static class AttachmentWishesReader
{
    // What a runtime passes on only when somebody asked for it, and what would silently be missing if we passed it over.
    private static readonly string[] Unimplemented = ["portMappings", "bandwidth", "ipRanges", "deviceID", "infinibandGUID"];

    public static AttachmentWishes Read(JsonElement root, CniArguments arguments, ProblemList problems)
    {
        JsonElement? args = JsonKeys.Find(JsonKeys.Find(root, "args"), "cni");
        JsonElement? runtime = JsonKeys.Find(root, "runtimeConfig");
        foreach (string key in Unimplemented)
        {
            if (JsonKeys.Find(runtime, key) is JsonElement value && AsksForSomething(value))
            {
                problems.Add(CniErrorCode.UnsupportedField,
                    $"\"runtimeConfig.{key}\" is {JsonKeys.Shown(value)}, and weft-cni does not implement {key}");
            }
        }
        return new AttachmentWishes
        {
            Mac = ReadMac(args, runtime, arguments, problems),
            Addresses = ReadAddresses(args, runtime, arguments, problems),
            Labels = LabelReader.Read(JsonKeys.Find(args, "labels"), problems),
        };
    }

    private static MacAddress? ReadMac(JsonElement? args, JsonElement? runtime, CniArguments arguments, ProblemList problems)
    {
        (string Source, string Text) wish = ("CNI_ARGS MAC", arguments.Mac ?? "");
        foreach ((string source, JsonElement? parent) in (ReadOnlySpan<(string, JsonElement?)>)[("args.cni.mac", args), ("runtimeConfig.mac", runtime)])
        {
            if (JsonKeys.Find(parent, "mac") is not JsonElement value)
            {
                continue;
            }
            if (value.ValueKind != JsonValueKind.String)
            {
                problems.Add(CniErrorCode.InvalidConfiguration, $"\"{source}\" must be a string, not {JsonKeys.Shown(value)}");
            }
            else if (value.GetString() is { Length: > 0 } text)
            {
                wish = (source, text);
            }
        }
        if (wish.Text.Length == 0)
        {
            return null;
        }
        if (!MacAddress.TryParse(wish.Text, out MacAddress mac))
        {
            problems.Add(CniErrorCode.InvalidConfiguration, $"{wish.Source}: \"{wish.Text}\" is no MAC address such as 02:00:5e:10:00:01");
        }
        else if (mac.IsMulticast || mac == default)
        {
            problems.Add(CniErrorCode.InvalidConfiguration, $"{wish.Source}: \"{wish.Text}\" is a group address or zero, which no interface can have");
        }
        return mac;
    }

    private static List<IPAddress> ReadAddresses(JsonElement? args, JsonElement? runtime, CniArguments arguments, ProblemList problems)
    {
        List<(string Source, string Text)> wishes = [];
        foreach (string text in (arguments.Ip ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            wishes.Add(("CNI_ARGS IP", text));
        }
        foreach ((string source, JsonElement? parent) in (ReadOnlySpan<(string, JsonElement?)>)[("args.cni.ips", args), ("runtimeConfig.ips", runtime)])
        {
            if (JsonKeys.Find(parent, "ips") is not JsonElement list)
            {
                continue;
            }
            if (list.ValueKind != JsonValueKind.Array)
            {
                problems.Add(CniErrorCode.InvalidConfiguration, $"\"{source}\" must be a list of addresses, not {JsonKeys.Shown(list)}");
                continue;
            }
            if (list.GetArrayLength() > 0)
            {
                wishes.Clear();
            }
            foreach (JsonElement element in list.EnumerateArray())
            {
                wishes.Add((source, element.ValueKind == JsonValueKind.String ? element.GetString()! : JsonKeys.Shown(element)));
            }
        }
        List<IPAddress> addresses = [];
        foreach ((string source, string text) in wishes)
        {
            if (ParseAddress(text) is not IPAddress address)
            {
                problems.Add(CniErrorCode.InvalidConfiguration, $"{source}: \"{text}\" is no IP address");
            }
            else if (!addresses.Contains(address))
            {
                addresses.Add(address);
            }
        }
        return addresses;
    }

    /// <summary>An address, with or without a prefix length, which says nothing to us: an endpoint always has its address alone.</summary>
    private static IPAddress? ParseAddress(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        string bare = slash < 0 ? text : text[..slash];
        // IPAddress also accepts 10.1, 0x7f000001 and fe80::1%eth0, none of which is meant here.
        if (bare.Contains('%', StringComparison.Ordinal) || !IPAddress.TryParse(bare, out IPAddress? address))
        {
            return null;
        }
        bool version4 = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
        if (version4 && address.ToString() != bare)
        {
            return null;
        }
        if (slash >= 0 && !(byte.TryParse(text.AsSpan(slash + 1), out byte length) && length <= (version4 ? 32 : 128)))
        {
            return null;
        }
        return address;
    }

    /// <summary>Whether a value holds anything but null, "", false, 0, and lists and objects of those.</summary>
    private static bool AsksForSomething(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Array:
                foreach (JsonElement element in value.EnumerateArray())
                {
                    if (AsksForSomething(element))
                    {
                        return true;
                    }
                }
                return false;
            case JsonValueKind.Object:
                foreach (JsonProperty property in value.EnumerateObject())
                {
                    if (AsksForSomething(property.Value))
                    {
                        return true;
                    }
                }
                return false;
            case JsonValueKind.String:
                return value.GetString()!.Length > 0;
            case JsonValueKind.Number:
                return !value.TryGetUInt64(out ulong number) || number != 0;   // what does not fit is not 0
            default:
                return value.ValueKind == JsonValueKind.True;
        }
    }
}
