namespace Weft.CniPlugin.Configuration;

/// <summary>The configuration's "dns", which a result passes on to the runtime.</summary>
internal sealed record DnsSettings(
    IReadOnlyList<string> Nameservers, string Domain, IReadOnlyList<string> Search, IReadOnlyList<string> Options)
{
    public static readonly DnsSettings None = new([], "", [], []);

    public bool IsEmpty => Nameservers.Count == 0 && Domain.Length == 0 && Search.Count == 0 && Options.Count == 0;
}
