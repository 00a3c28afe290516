using System.Text;

namespace Weft.Manifests.Yaml;

/// <summary>How messages show what somebody else wrote.</summary>
public static class Quoted
{
    private const int Longest = 80;

    /// <summary>
    /// The text in quotes, cut after 80 characters, with control characters spelled as \uXXXX: nothing in a file may move a
    /// terminal's cursor or begin a new line of the log.
    /// </summary>
    public static string Text(string text)
    {
        var quoted = new StringBuilder("\"");
        Append(quoted, text);
        return quoted.Append('"').ToString();
    }

    /// <summary>As <see cref="Text"/>, without the quotes.</summary>
    public static string Bare(string text)
    {
        var bare = new StringBuilder();
        Append(bare, text);
        return bare.ToString();
    }

    private static void Append(StringBuilder builder, string text)
    {
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, Longest)))
        {
            if (char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069'))
            {
                builder.Append("\\u").Append(((int)c).ToString("x4", null));
            }
            else
            {
                builder.Append(c);
            }
        }
        if (text.Length > Longest)
        {
            builder.Append("...");
        }
    }
}
