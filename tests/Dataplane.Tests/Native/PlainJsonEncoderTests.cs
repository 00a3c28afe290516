using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CsCheck;
using Weft.Dataplane.Native;

namespace Weft.Dataplane.Tests.Native;

public sealed class PlainJsonEncoderTests
{
    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.String,
        Gen.Char['\0', '\u007f'].Array[0, 40].Select(characters => new string(characters)),
        Gen.Char['\ud7f0', '\ue010'].Array[0, 40].Select(characters => new string(characters)),
        Gen.String.Select(text => text + "\"\\\u0001\u001f\U0001f9f6é"));

    [Fact]
    public void What_is_written_is_read_again() => Texts.Sample(text => Read(Write(text, PlainJsonEncoder.Instance)) == WellFormed(text));

    [Fact]
    public void Every_character_is_read_again_alone_and_between_others()
    {
        for (int scalar = 0; scalar <= 0x10ffff; scalar++)
        {
            string character = scalar is >= 0xd800 and <= 0xdfff ? ((char)scalar).ToString() : char.ConvertFromUtf32(scalar);
            string text = $"{character}a{character}";
            Assert.Equal(WellFormed(text), Read(Write(text, PlainJsonEncoder.Instance)));
        }
    }

    [Fact]
    public void It_escapes_nothing_that_the_relaxed_encoder_leaves() => Texts.Sample(text =>
        Write(text, PlainJsonEncoder.Instance).Length <= Write(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Length
            + (4 * text.Count(c => c is '\b' or '\f' or '\r')));     // short there, \u0008 here

    [Fact]
    public void Property_names_are_escaped_too() => Texts.Sample(text =>
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = PlainJsonEncoder.Instance }))
        {
            json.WriteStartObject();
            json.WriteNumber(text, 1);
            json.WriteEndObject();
        }
        return JsonDocument.Parse(buffer.ToArray()).RootElement.EnumerateObject().Single().Name == WellFormed(text);
    });

    [Theory]
    [InlineData("""a "b" \ c""", """
        "a \"b\" \\ c"
        """)]
    [InlineData("\0\n\t\u001f", """
        "\u0000\n\t\u001f"
        """)]
    [InlineData("<é&'+\u007f🧶", "\"<é&'+\u007f🧶\"")]
    public void Only_what_must_be_is_escaped(string text, string json) =>
        Assert.Equal(json, Encoding.UTF8.GetString(Write(text, PlainJsonEncoder.Instance)));

    [Fact]
    public void Half_a_surrogate_pair_becomes_the_replacement_character() =>
        Assert.Equal("\"\ufffda\"", Encoding.UTF8.GetString(Write("\ud83ea", PlainJsonEncoder.Instance)));

    // As UTF-8 holds it.
    private static string WellFormed(string text)
    {
        var builder = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())     // gives U+FFFD for half a pair
        {
            builder.Append(rune.ToString());
        }
        return builder.ToString();
    }

    private static string? Read(byte[] json) => JsonDocument.Parse(json).RootElement.GetString();

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
