using System.Text.Json;
using Weft.Dataplane.Native;

namespace Weft.CniPlugin.Errors;

/// <summary>What a runtime is told when a verb fails.</summary>
/// <param name="Code">What kind of failure it was.</param>
/// <param name="Message">One sentence or several: the thing and the value it had.</param>
/// <param name="Details">What to do next; may be empty.</param>
internal sealed record CniError(CniErrorCode Code, string Message, string Details = "")
{
    /// <summary>The specification's error object, in UTF-8, with a final newline.</summary>
    /// <param name="cniVersion">The version that the configuration asked for, or ours when it could not be read.</param>
    public byte[] ToJson(string cniVersion)
    {
        using var buffer = new MemoryStream(512);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = PlainJsonEncoder.Instance }))
        {
            json.WriteStartObject();
            json.WriteString("cniVersion"u8, cniVersion);
            json.WriteNumber("code"u8, (int)Code);
            json.WriteString("msg"u8, Message);
            if (Details.Length > 0)
            {
                json.WriteString("details"u8, Details);
            }
            json.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }
}
