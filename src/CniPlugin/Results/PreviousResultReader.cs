using System.Net;
using System.Text.Json;
using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Errors;

namespace Weft.CniPlugin.Results;

/// <summary>
/// Reads "prevResult" of versions 0.3.0 and newer, which differ only in what we pass over: ips[].version is implied by the
/// address, and the result's own cniVersion may be absent.
/// </summary>
internal static class PreviousResultReader
{
    public static CniResult Read(JsonElement result, ProblemList problems)
    {
        if (result.ValueKind != JsonValueKind.Object)
        {
            problems.Add(CniErrorCode.InvalidConfiguration, $"\"prevResult\" must be an object, not {JsonKeys.Shown(result)}");
            return new CniResult([], [], [], DnsSettings.None);
        }
        List<ResultInterface> interfaces = [];
        foreach (JsonElement item in JsonKeys.FindList(result, "interfaces"))
        {
            interfaces.Add(new ResultInterface(
                JsonKeys.FindText(item, "name") ?? "", JsonKeys.FindText(item, "mac") ?? "", JsonKeys.FindText(item, "sandbox") ?? "", Number(item, "mtu") ?? 0)
            {
                SocketPath = JsonKeys.FindText(item, "socketPath") ?? "",
                PciId = JsonKeys.FindText(item, "pciID") ?? "",
            });
        }
        List<ResultAddress> addresses = [];
        foreach (JsonElement item in JsonKeys.FindList(result, "ips"))
        {
            string? text = JsonKeys.FindText(item, "address");
            if (text is null || !IPNetworkText.TryParse(text, out IPAddress? address, out int length))
            {
                problems.Add(CniErrorCode.InvalidConfiguration, $"\"prevResult.ips\" has {JsonKeys.Shown(item)}, whose \"address\" is no ADDRESS/LENGTH");
                continue;
            }
            int? index = JsonKeys.Find(item, "interface") is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out int value) ? value : null;
            addresses.Add(new ResultAddress(address, length, Gateway(item, "gateway", problems), index));
        }
        List<ResultRoute> routes = [];
        foreach (JsonElement item in JsonKeys.FindList(result, "routes"))
        {
            string? text = JsonKeys.FindText(item, "dst");
            if (text is null || !IPNetworkText.TryParse(text, out IPAddress? destination, out int length))
            {
                problems.Add(CniErrorCode.InvalidConfiguration, $"\"prevResult.routes\" has {JsonKeys.Shown(item)}, whose \"dst\" is no ADDRESS/LENGTH");
                continue;
            }
            routes.Add(new ResultRoute(destination, length, Gateway(item, "gw", problems))
            {
                Mtu = Number(item, "mtu"),
                AdvertisedMss = Number(item, "advmss"),
                Priority = Number(item, "priority"),
                Table = Number(item, "table"),
                Scope = Number(item, "scope"),
            });
        }
        DnsSettings dns = DnsReader.ReadObject(new JsonValues(result, "prevResult.", problems).Object("dns"), "prevResult.dns.", problems);
        return new CniResult(interfaces, addresses, routes, dns);
    }

    private static uint? Number(JsonElement item, string key) =>
        JsonKeys.Find(item, key) is { ValueKind: JsonValueKind.Number } number && number.TryGetUInt32(out uint value) ? value : null;

    private static IPAddress? Gateway(JsonElement item, string key, ProblemList problems)
    {
        if (JsonKeys.FindText(item, key) is not { Length: > 0 } text)
        {
            return null;
        }
        if (!IPAddress.TryParse(text, out IPAddress? gateway))
        {
            problems.Add(CniErrorCode.InvalidConfiguration, $"\"prevResult\" has {JsonKeys.Shown(item)}, whose \"{key}\" is no IP address");
        }
        return gateway;
    }
}
