using System.Globalization;
using System.Net;

namespace Weft.NetDaemon.Configuration;

/// <summary>What the command line says of the underlay and the node's labels, before it is checked; null: not given.</summary>
internal sealed record UnderlayTexts(string? Uplink, string[]? RouteTo, string[]? Addresses, string? Port, string[]? Labels)
{
    /// <summary>Everything that is wrong, each with its option.</summary>
    public IEnumerable<string> Problems()
    {
        IEnumerable<string?> found =
        [
            Check("--uplink", Uplink, UnderlayRules.CheckUplink),
            .. Each("--uplink-route-to", RouteTo, UnderlayRules.CheckAddress),
            .. Each("--underlay-addresses", Addresses, UnderlayRules.CheckAddress),
            Check("--overlay-port", Port, UnderlayRules.CheckPort),
            .. Each("--labels", Labels, UnderlayRules.CheckLabel),
        ];
        List<string> problems = [.. found.OfType<string>()];
        if (problems.Count == 0)
        {
            foreach ((string option, string[]? texts) in ((string, string[]?)[])[("--uplink-route-to", RouteTo), ("--underlay-addresses", Addresses)])
            {
                if (UnderlayRules.CheckFamilies(Parse(texts) ?? []) is { } wrong)
                {
                    problems.Add($"{option}: {wrong}");
                }
            }
        }
        return problems;
    }

    /// <summary>These over what the config file says. The command line's way to the interface replaces the file's, whichever that is.</summary>
    /// <param name="options">Of the config file.</param>
    /// <remarks>Only without <see cref="Problems"/>.</remarks>
    public DaemonOptions Over(DaemonOptions options) => options with
    {
        Underlay = options.Underlay with
        {
            Interface = Uplink ?? (RouteTo is null ? options.Underlay.Interface : null),
            RouteTo = Parse(RouteTo) ?? (Uplink is null ? options.Underlay.RouteTo : []),
            Addresses = Parse(Addresses) ?? options.Underlay.Addresses,
        },
        OverlayPort = Port is null ? options.OverlayPort : ushort.Parse(Port, CultureInfo.InvariantCulture),
        Labels = Labels is null ? options.Labels : Labels.Select(l => l.Split('=', 2)).GroupBy(l => l[0], l => l[1]).ToDictionary(g => g.Key, g => g.Last(), StringComparer.Ordinal),
    };

    private static List<IPAddress>? Parse(string[]? texts) => texts is null ? null : [.. texts.Select(UnderlayRules.Parse)];

    private static IEnumerable<string?> Each(string option, string[]? texts, Func<string, string?> check) => (texts ?? []).Select(text => Check(option, text, check));

    private static string? Check(string option, string? text, Func<string, string?> check) =>
        text is null ? null : (text.Length == 0 ? "must not be empty" : check(text)) is { } problem ? $"{option}: {problem}" : null;
}
