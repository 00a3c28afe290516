using System.Text.RegularExpressions;

namespace Weft.Manifests.Yaml;

/// <summary>Which unquoted scalars are numbers (YAML 1.2 core schema, 10.3.2).</summary>
internal static partial class CoreNumber
{
    public static bool Matches(string text) => Pattern().IsMatch(text);

    [GeneratedRegex(@"\A(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\z",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Pattern();
}
