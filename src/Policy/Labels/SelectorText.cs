using System.Diagnostics.CodeAnalysis;

namespace Weft.Policy.Labels;

/// <summary>Reads selectors as kubectl's -l takes them: "a=b,c in (d,e),!f".</summary>
public static class SelectorText
{
    /// <returns>False with a sentence in <paramref name="problem"/>. An empty text is refused: it would select everything.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out Selector? selector, out string problem)
    {
        selector = null;
        List<Requirement> requirements = [];
        foreach (string part in Parts(text))
        {
            if (ParseOne(part.Trim(), out problem) is not { } requirement)
            {
                return false;
            }
            requirements.Add(requirement);
        }
        problem = "";
        selector = Selector.Of(requirements);
        return true;
    }

    private static Requirement? ParseOne(string part, out string problem)
    {
        (string key, SelectorTest test, IReadOnlyList<string> values) = Split(part);
        problem = LabelRules.CheckKey(key) is { } wrongKey ? $"{Manifests.Yaml.Quoted.Text(key)} {wrongKey}" : "";
        foreach (string value in values)
        {
            problem = problem.Length == 0 && LabelRules.CheckValue(value) is { } wrong ? $"{Manifests.Yaml.Quoted.Text(value)} {wrong}" : problem;
        }
        return problem.Length == 0 ? Requirement.Create(key, test, values) : null;
    }

    private static (string Key, SelectorTest Test, IReadOnlyList<string> Values) Split(string part)
    {
        if (part.StartsWith('!'))
        {
            return (part[1..].Trim(), SelectorTest.DoesNotExist, []);
        }
        if (part.EndsWith(')') && part.IndexOf('(', StringComparison.Ordinal) is var open and > 0)
        {
            string[] head = part[..open].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (head is [var name, "in" or "notin"])
            {
                return (name, head[1] == "in" ? SelectorTest.In : SelectorTest.NotIn, part[(open + 1)..^1].Split(',', StringSplitOptions.TrimEntries));
            }
        }
        if (part.IndexOf("!=", StringComparison.Ordinal) is var unequal and >= 0)
        {
            return (part[..unequal].Trim(), SelectorTest.NotIn, [part[(unequal + 2)..].Trim()]);
        }
        int equal = part.IndexOf('=', StringComparison.Ordinal);
        return equal < 0 ? (part, SelectorTest.Exists, []) : (part[..equal].Trim(), SelectorTest.In, [part[(equal + 1)..].TrimStart('=').Trim()]);
    }

    /// <summary>Splits at commas outside of parentheses.</summary>
    private static IEnumerable<string> Parts(string text)
    {
        int start = 0, depth = 0;
        for (int i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (text[i] == ',' && depth == 0)
            {
                yield return text[start..i];
                start = i + 1;
            }
        }
        yield return text[start..];
    }
}
