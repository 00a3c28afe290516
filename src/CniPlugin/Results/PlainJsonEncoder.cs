using System.Text;
using System.Text.Encodings.Web;

namespace Weft.CniPlugin.Results;

/// <summary>
/// Escapes what JSON must have escaped (RFC 8259 section 7) and nothing else, so that people can read an answer. The encoders that come with .NET
/// build a table of all characters first, a tenth of this program's time.
/// </summary>
internal sealed unsafe class PlainJsonEncoder : JavaScriptEncoder
{
    public static readonly PlainJsonEncoder Instance = new();

    private const int EscapedLength = 6;     // \u001f

    private PlainJsonEncoder()
    {
    }

    public override int MaxOutputCharactersPerInputCharacter => EscapedLength;

    public override bool WillEncode(int unicodeScalar) => unicodeScalar is < ' ' or '"' or '\\';

    public override int FindFirstCharacterToEncode(char* text, int textLength)
    {
        for (int i = 0; i < textLength; i++)
        {
            if (WillEncode(text[i]))
            {
                return i;
            }
        }
        return -1;
    }

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
