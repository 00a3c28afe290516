using System.Net;
using System.Text.Json;
using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Invocation;
using Weft.Dataplane.Route;

namespace Weft.CniPlugin.Configuration;

/// <summary>Reads which MAC and which addresses an ADD asks for.</summary>
internal static class AddressWishesReader
{
    private const string ArgumentMac = "CNI_ARGS MAC";
    private const string ArgumentIp = "CNI_ARGS IP";

    public static MacAddress? ReadMac(JsonElement root, JsonElement? args, JsonElement? runtime, CniArguments arguments, ProblemList problems)
    {
        (string Source, string Text) wish = ("", "");
        if (new JsonValues(root, "", problems).Text("mac") is { Length: > 0 } own)
        {
            wish = ("mac", own);
        }
        if (arguments.Mac is { Length: > 0 } argument)
        {
            wish = (ArgumentMac, argument);
        }
        foreach ((string path, JsonElement? parent) in (ReadOnlySpan<(string, JsonElement?)>)[("args.cni.", args), ("runtimeConfig.", runtime)])
        {
            if (new JsonValues(parent, path, problems).Text("mac") is { Length: > 0 } text)
            {
                wish = (path + "mac", text);
            }
        }
        if (wish.Text.Length == 0)
        {
            return null;
        }
        CniErrorCode code = wish.Source == ArgumentMac ? CniErrorCode.InvalidEnvironment : CniErrorCode.InvalidConfiguration;
        if (!MacAddress.TryParse(wish.Text, out MacAddress mac))
        {
            problems.Add(code, $"{wish.Source}: \"{wish.Text}\" is no MAC address such as 02:00:5e:10:00:01");
        }
        else if (mac.IsMulticast || mac == default)
        {
            problems.Add(code, $"{wish.Source}: \"{wish.Text}\" is a group address or zero, which no interface can have");
        }
        return mac;
    }

    /// <param name="configured">Those of the configuration's static "ipam", which everything else replaces.</param>
    public static IReadOnlyList<IPAddress> ReadAddresses(
        IReadOnlyList<IPAddress> configured, JsonElement? args, JsonElement? runtime, CniArguments arguments, ProblemList problems)
    {
        if (arguments.Gateway is { Length: > 0 } gateway && AddressText.Parse(gateway) is null)
        {
            problems.Add(CniErrorCode.InvalidEnvironment, $"CNI_ARGS GATEWAY: \"{gateway}\" is no IP address");
        }
        List<(string Source, string Text)> wishes = [];
        foreach (string text in (arguments.Ip ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            wishes.Add((ArgumentIp, text.Trim()));
        }
        foreach ((string path, JsonElement? parent) in (ReadOnlySpan<(string, JsonElement?)>)[("args.cni.", args), ("runtimeConfig.", runtime)])
        {
            IReadOnlyList<JsonElement> list = new JsonValues(parent, path, problems).List("ips");
            if (list.Count > 0)
            {
                wishes.Clear();
            }
            foreach (JsonElement element in list)
            {
                wishes.Add((path + "ips", element.ValueKind == JsonValueKind.String ? element.GetString()! : JsonKeys.Shown(element)));
            }
        }
        if (wishes.Count == 0)
        {
            return configured;
        }
        List<IPAddress> addresses = [];
        foreach ((string source, string text) in wishes)
        {
            if (ParseAddress(text) is not IPAddress address)
            {
                problems.Add(source == ArgumentIp ? CniErrorCode.InvalidEnvironment : CniErrorCode.InvalidConfiguration, $"{source}: \"{text}\" is no IP address");
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
        if (AddressText.Parse(slash < 0 ? text : text[..slash]) is not IPAddress address)
        {
            return null;
        }
        bool version4 = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
        return slash < 0 || (byte.TryParse(text.AsSpan(slash + 1), out byte length) && length <= (version4 ? 32 : 128)) ? address : null;
    }
}
