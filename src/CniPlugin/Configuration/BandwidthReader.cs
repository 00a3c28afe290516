using System.Text.Json;
using Weft.CniPlugin.Errors;
using Weft.Contracts.Cni;

namespace Weft.CniPlugin.Configuration;

/// <summary>
/// Reads limits from "runtimeConfig.bandwidth", and from the configuration's own keys, named as the bandwidth plugin's. For each direction a rate of
/// runtimeConfig counts first. Values are passed on as they are: weftd chooses a burst that makes sense.
/// </summary>
internal static class BandwidthReader
{
    /// <summary>The limits, or null: none is asked for.</summary>
    public static Bandwidth? Read(JsonElement root, JsonElement? runtime, ProblemList problems)
    {
        JsonElement? wish = new JsonValues(runtime, "runtimeConfig.", problems).Object("bandwidth");
        Bandwidth limits = ReadFour(new JsonValues(wish, "runtimeConfig.bandwidth.", problems));
        Bandwidth own = ReadFour(new JsonValues(root, "", problems));
        if (limits.IngressRate == 0)
        {
            (limits.IngressRate, limits.IngressBurst) = (own.IngressRate, own.IngressBurst);
        }
        if (limits.EgressRate == 0)
        {
            (limits.EgressRate, limits.EgressBurst) = (own.EgressRate, own.EgressBurst);
        }
        return limits.IngressRate == 0 && limits.EgressRate == 0 ? null : limits;
    }

    private static Bandwidth ReadFour(JsonValues values) => new()
    {
        IngressRate = values.Number("ingressRate") ?? 0,
        IngressBurst = values.Number("ingressBurst") ?? 0,
        EgressRate = values.Number("egressRate") ?? 0,
        EgressBurst = values.Number("egressBurst") ?? 0,
    };
}
