using System.Text.Json;
using Weft.CniPlugin.Configuration;
using Weft.Dataplane.Native;

namespace Weft.CniPlugin.Verbs;

/// <summary>VERSION: says which versions the plugin speaks.</summary>
internal static class VersionVerb
{
    private const int LongestEcho = 16;   // characters; versions are five

    /// <param name="input">stdin: a configuration with "cniVersion", or nothing.</param>
    /// <returns>UTF-8 with a final newline.</returns>
    public static byte[] Answer(ReadOnlyMemory<byte> input)
    {
        string asked = input.Span.Trim(" \t\r\n"u8).IsEmpty
            ? CniVersions.Newest
            : JsonKeys.FindText(NetworkConfigurationReader.Decode(input), "cniVersion") ?? CniVersions.Newest;
        using var buffer = new MemoryStream(256);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = PlainJsonEncoder.Instance }))
        {
            json.WriteStartObject();
            json.WriteString("cniVersion"u8, IsVersion(asked) ? asked : CniVersions.Newest);
            json.WriteStartArray("supportedVersions"u8);
            foreach (string version in CniVersions.Supported)
            {
                json.WriteStringValue(version);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    private static bool IsVersion(string text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiDigit(c) && c != '.')
            {
                return false;
            }
        }
        return text.Length is > 0 and <= LongestEcho;
    }
}
