namespace Weft.Policy.Labels;

/// <summary>Syntax of labels and of names in them (apimachinery, util/validation).</summary>
public static class LabelRules
{
    /// <summary>What every Namespace carries, with its own name.</summary>
    public const string NamespaceName = "kubernetes.io/metadata.name";

    /// <summary>What is wrong with a label's key, or null: [DNS subdomain/]name, the name as <see cref="CheckValue"/> but not empty.</summary>
    public static string? CheckKey(string key)
    {
        int slash = key.IndexOf('/', StringComparison.Ordinal);
        string name = key[(slash + 1)..];
        if (slash >= 0 && !ResourceName.IsHostName(key.AsSpan(0, slash)))
        {
            return "has a prefix before \"/\" that is not a DNS name in lower case";
        }
        return name.Length is > 0 and <= 63 && IsWord(name) ? null : "is not a label key: 1 to 63 letters, digits, \"-\", \"_\" and \".\", beginning and ending with a letter or digit";
    }

    /// <summary>What is wrong with a label's value, or null.</summary>
    public static string? CheckValue(string value) =>
        value.Length == 0 || (value.Length <= 63 && IsWord(value))
            ? null
            : "is not a label value: 0 to 63 letters, digits, \"-\", \"_\" and \".\", beginning and ending with a letter or digit";

    /// <summary>What is wrong with the name of a port, or null (IANA service name, RFC 6335 section 5.1, lower case).</summary>
    public static string? CheckPortName(string name) =>
        name.Length is > 0 and <= 15
        && name.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-')
        && name.Any(char.IsAsciiLetter)
        && name[0] != '-' && name[^1] != '-' && !name.Contains("--", StringComparison.Ordinal)
            ? null
            : "is not the name of a port: 1 to 15 lower-case letters, digits and single \"-\" inside, with at least one letter";

    private static bool IsWord(string text) =>
        text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1]);
}
