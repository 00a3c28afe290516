using System.Text.RegularExpressions;

namespace Weft.RuntimeTests.Lab;

/// <summary>Conflists as docs/cni.md has them.</summary>
internal static class DocumentedConflist
{
    /// <summary>The one below the words that begin a paragraph in bold.</summary>
    public static string Of(string runtime)
    {
        string page = File.ReadAllText(Path.Combine(Golden.Repository(), "docs/cni.md"));
        Match match = Regex.Match(page, $@"^\*\*{Regex.Escape(runtime)}\*\*(?:[^\n]+\n)+\n```json\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline);
        return match.Success ? match.Groups[1].Value : throw new InvalidOperationException($"docs/cni.md has no conflist for {runtime}");
    }
}
