using System.Text;
using System.Text.Json;

namespace Weft.Manifests.Output;

/// <summary>Prints a document as JSON (RFC 8259), two spaces deep, ASCII only.</summary>
public static class JsonOutput
{
    public static string Write(DocValue document)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            Write(writer, document);
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length) + "\n";
    }

    private static void Write(Utf8JsonWriter writer, DocValue value)
    {
        switch (value)
        {
            case DocValue.Text text:
                writer.WriteStringValue(text.Value);
                break;
            case DocValue.Number number:
                writer.WriteNumberValue(number.Value);
                break;
            case DocValue.Flag flag:
                writer.WriteBooleanValue(flag.Value);
                break;
            case DocValue.List list:
                writer.WriteStartArray();
                foreach (DocValue item in list.Items)
                {
                    Write(writer, item);
                }
                writer.WriteEndArray();
                break;
            case DocObject fields:
                writer.WriteStartObject();
                foreach ((string name, DocValue field) in fields)
                {
                    writer.WritePropertyName(name);
                    Write(writer, field);
                }
                writer.WriteEndObject();
                break;
        }
    }
}
