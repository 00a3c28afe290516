using System.Text.Encodings.Web;
using System.Text.Json;
using CsCheck;
using Weft.CniPlugin.Results;

namespace Weft.CniPlugin.Tests.Results;

public sealed class PlainJsonEncoderTests
{
    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.String,
        Gen.Char['\0', '\u007f'].Array[0, 40].Select(characters => new string(characters)),
        Gen.String.Select(text => text + "\"\\\u0001\u001f\U0001f9f6é"));

    [Fact]
    public void What_is_written_is_read_again() => Texts.Where(IsWellFormed).Sample(text =>
        JsonDocument.Parse(Write(text, PlainJsonEncoder.Instance)).RootElement.GetString() == text);

    [Theory]
    [InlineData("""a "b" \ c""", """
        "a \"b\" \\ c"
        """)]
    [InlineData("\0\n\t\u001f", """
        "\u0000\n\t\u001f"
        """)]
    [InlineData("<é&'+\u007f🧶", """
        "<é&'+🧶"
        """)]
    public void Only_what_must_be_is_escaped(string text, string json) =>
        Assert.Equal(json, System.Text.Encoding.UTF8.GetString(Write(text, PlainJsonEncoder.Instance)));

    private static bool IsWellFormed(string text)
    {
        for (int i = 0; i < text.Length; i += char.IsHighSurrogate(text[i]) ? 2 : 1)
        {
            if (char.IsLowSurrogate(text[i]) || (char.IsHighSurrogate(text[i]) && (i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))))
            {
                return false;
            }
        }
        return true;
    }

    private static byte[] Write(string text, JavaScriptEncoder encoder)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = encoder }))
        {
            json.WriteStringValue(text);
        }
        return buffer.ToArray();
    }
}
