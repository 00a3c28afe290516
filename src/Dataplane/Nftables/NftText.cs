namespace Weft.Dataplane.Nftables;

/// <summary>Pieces of nft(8) syntax.</summary>
internal static class NftText
{
    /// <summary>"1d2h3m4s5ms".</summary>
    public static string Duration(TimeSpan time)
    {
        string text = "";
        text += time.Days > 0 ? $"{time.Days}d" : "";
        text += time.Hours > 0 ? $"{time.Hours}h" : "";
        text += time.Minutes > 0 ? $"{time.Minutes}m" : "";
        text += time.Seconds > 0 ? $"{time.Seconds}s" : "";
        text += time.Milliseconds > 0 ? $"{time.Milliseconds}ms" : "";
        return text.Length == 0 ? "0s" : text;
    }

    /// <summary>A name of the kernel's in lower case with dashes: PortUnreachable becomes port-unreachable.</summary>
    public static string Dashed(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) && i > 0 ? "-" + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString()));
}
