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
                JsonKeys.FindText(item, "name") ?? "", JsonKeys.FindText(item, "mac") ?? "", JsonKeys.FindText(item, "sandbox") ?? "", Mtu(item)));
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
            addresses.Add(new ResultAddress(address, length, Gateway(item, "gateway"), index));
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
            routes.Add(new ResultRoute(destination, length, Gateway(item, "gw")));
        }
        return new CniResult(interfaces, addresses, routes, DnsSettings.None);
    }

    private static uint Mtu(JsonElement item) =>
        JsonKeys.Find(item, "mtu") is { ValueKind: JsonValueKind.Number } number && number.TryGetUInt32(out uint mtu) ? mtu : 0;

    private static IPAddress? Gateway(JsonElement item, string key) => IPAddress.TryParse(JsonKeys.FindText(item, key), out IPAddress? gateway) ? gateway : null;
}
