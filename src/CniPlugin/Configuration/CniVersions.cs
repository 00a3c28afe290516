namespace Weft.CniPlugin.Configuration;

/// <summary>Texts of the protocol's versions.</summary>
internal static class CniVersions
{
    /// <summary>The version that answers are in when the configuration could not be read.</summary>
    public const string Newest = "1.1.0";

    /// <summary>What a configuration without "cniVersion" means (CNI specification 0.2.0). Its result format is not ours.</summary>
    public const string WhenAbsent = "0.1.0";

    /// <summary>Texts in the order of <see cref="CniVersion"/>.</summary>
    public static ReadOnlySpan<string> Supported => Texts;

    private static readonly string[] Texts = ["0.3.0", "0.3.1", "0.4.0", "1.0.0", Newest];

    public static string Text(this CniVersion version) => Texts[(int)version];

    public static CniVersion? Parse(string text)
    {
        int index = Array.IndexOf(Texts, text);
        return index < 0 ? null : (CniVersion)index;
    }
}
