using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Weft.Manifests.Output;

/// <summary>Prints a document as YAML 1.2, in block style.</summary>
public static class YamlOutput
{
    public static string Write(DocValue document)
    {
        var text = new StringWriter { NewLine = "\n" };
        var emitter = new Emitter(text, new EmitterSettings().WithBestWidth(int.MaxValue).WithMaxSimpleKeyLength(1024).WithNewLine("\n"));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart());
        Emit(emitter, document);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    private static void Emit(Emitter emitter, DocValue value)
    {
        switch (value)
        {
            case DocValue.Text text:
                emitter.Emit(Scalar(text.Value, quoted: NeedsQuotes(text.Value)));
                break;
            case DocValue.Number number:
                emitter.Emit(Scalar(number.Value.ToString(CultureInfo.InvariantCulture), quoted: false));
                break;
            case DocValue.Flag flag:
                emitter.Emit(Scalar(flag.Value ? "true" : "false", quoted: false));
                break;
            case DocValue.List list:
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, true, list.Items.Count == 0 ? SequenceStyle.Flow : SequenceStyle.Block));
                foreach (DocValue item in list.Items)
                {
                    Emit(emitter, item);
                }
                emitter.Emit(new SequenceEnd());
                break;
            case DocObject fields:
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, true, fields.Any() ? MappingStyle.Block : MappingStyle.Flow));
                foreach ((string name, DocValue field) in fields)
                {
                    emitter.Emit(Scalar(name, quoted: NeedsQuotes(name)));
                    Emit(emitter, field);
                }
                emitter.Emit(new MappingEnd());
                break;
        }
    }

    private static Scalar Scalar(string text, bool quoted) => new(
        AnchorName.Empty, TagName.Empty, text, quoted ? ScalarStyle.DoubleQuoted : ScalarStyle.Any, isPlainImplicit: true, isQuotedImplicit: true);

    /// <summary>Whether some YAML reader, also one of version 1.1, would take the text for anything but a text.</summary>
    private static bool NeedsQuotes(string text) =>
        text.Length == 0
        || !text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '/' or ':' or '_')
        || text[0] is '-' or '.' or ':'
        || text[^1] == ':'
        || (char.IsAsciiDigit(text[0]) && text.All(c => char.IsAsciiHexDigit(c) || c is '.' or '_' or ':' or 'x' or 'o' or '-' or 'T' or 'Z'))
        || text.ToLowerInvariant() is "true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n" or "null";
}
