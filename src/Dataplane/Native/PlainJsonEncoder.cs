using System.Text;
using System.Text.Encodings.Web;

namespace Weft.Dataplane.Native;

/// <summary>
/// Escapes what JSON must have escaped (RFC 8259 section 7: quotation mark, reverse solidus, U+0000 to U+001F) and nothing else, so that people can
/// read what is written. Half a surrogate pair, which UTF-8 cannot hold, becomes U+FFFD. The encoders that come with .NET build a table of 65,536
/// characters when they are first used, a tenth of the time that a short program lives. Thread-safe.
/// </summary>
/// <remarks>Not for text that goes into HTML: "&lt;", "&amp;" and "'" stay as they are.</remarks>
public sealed unsafe class PlainJsonEncoder : JavaScriptEncoder
{
    private const int EscapedLength = 6;     // \u001f

    private PlainJsonEncoder()
    {
    }

    /// <summary>The one encoder; it has no state.</summary>
    public static PlainJsonEncoder Instance { get; } = new();

    /// <inheritdoc/>
    public override int MaxOutputCharactersPerInputCharacter => EscapedLength;

    /// <inheritdoc/>
    public override bool WillEncode(int unicodeScalar) => unicodeScalar is < ' ' or '"' or '\\';

    /// <inheritdoc/>
    public override int FindFirstCharacterToEncode(char* text, int textLength)
    {
        for (int i = 0; i < textLength; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < textLength && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (WillEncode(text[i]) || char.IsSurrogate(text[i]))
            {
                return i;
            }
        }
        return -1;
    }

    /// <inheritdoc/>
    public override bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        var destination = new Span<char>(buffer, bufferLength);
        return unicodeScalar switch
        {
            '"' or '\\' => destination.TryWrite($"\\{(char)unicodeScalar}", out numberOfCharactersWritten),
            '\n' => destination.TryWrite($"\\n", out numberOfCharactersWritten),
            '\t' => destination.TryWrite($"\\t", out numberOfCharactersWritten),
            < ' ' => destination.TryWrite($"\\u{unicodeScalar:x4}", out numberOfCharactersWritten),
            _ => new Rune(unicodeScalar).TryEncodeToUtf16(destination, out numberOfCharactersWritten),
        };
    }
}
