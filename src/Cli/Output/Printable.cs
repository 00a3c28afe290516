using System.Text;

namespace Weft.Cli.Output;

/// <summary>Makes text of others safe for a terminal.</summary>
internal static class Printable
{
    /// <summary>The text with control characters, line breaks included, spelled as \uXXXX: labels must not move the cursor.</summary>
    public static string Line(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\u001f') && !text.AsSpan().ContainsAnyInRange('\u007f', '\u009f'))
        {
            return text;
        }
        var line = new StringBuilder(text.Length + 16);
        foreach (char c in text)
        {
            if (char.IsControl(c))
            {
                line.Append("\\u").Append(((int)c).ToString("x4", null));
            }
            else
            {
                line.Append(c);
            }
        }
        return line.ToString();
    }
}
