using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Weft.Manifests.Yaml;

/// <summary>
/// Reads YAML into a tree with line numbers. Only the plain part of YAML that configuration needs: anchors, aliases and tags are
/// refused (aliases make a small text expand without bound), and so are duplicate keys and keys that are not scalars.
/// </summary>
public sealed class YamlReader
{
    /// <summary>Longest text that is read, in characters.</summary>
    public const int MaximumLength = 1 << 20;

    /// <summary>Deepest nesting of lists and objects.</summary>
    public const int MaximumDepth = 20;

    private readonly string _source;
    private readonly ProblemList _problems;
    private readonly Parser _parser;

    private YamlReader(string source, string text, ProblemList problems)
    {
        _source = source;
        _problems = problems;
        _parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
    }

    /// <summary>
    /// The documents of <paramref name="text"/> that are not empty, up to the first that cannot be read. Everything wrong is
    /// added to <paramref name="problems"/>; nothing is thrown.
    /// </summary>
    /// <param name="source">File name for the problems.</param>
    public static IReadOnlyList<YamlNode> Read(string source, string text, ProblemList problems)
    {
        if (text.Length > MaximumLength)
        {
            problems.Add(source, 1, "", $"{text.Length} characters are more than the {MaximumLength} of one file; split it");
            return [];
        }
        List<YamlNode> documents = [];
        var reader = new YamlReader(source, text, problems);
        try
        {
            reader.ReadStream(documents);
        }
        catch (YamlException e)
        {
            problems.Add(source, Line(e.Start), "", $"not YAML: {Quoted.Bare(e.Message)}");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException or OverflowException
            or IndexOutOfRangeException or NotSupportedException)
        {
            // YamlDotNet answers some malformed texts (absurd %YAML versions, broken escapes) with exceptions of its inside.
            problems.Add(source, reader.CurrentLine, "", $"not YAML: {Quoted.Bare(e.Message)}");
        }
        return documents;
    }

    private int CurrentLine => _parser.Current is { } current ? Line(current.Start) : 1;

    private static int Line(in Mark mark) => (int)Math.Clamp((long)mark.Line, 1, int.MaxValue);

    private void ReadStream(List<YamlNode> documents)
    {
        _parser.MoveNext();
        while (_parser.MoveNext())
        {
            if (_parser.Current is not DocumentStart)
            {
                continue;   // the end of a document or of the stream
            }
            _parser.MoveNext();
            if (ReadNode(0) is { } root && root is not YamlScalar { IsNull: true })
            {
                documents.Add(root);
            }
        }
    }

    /// <summary>Reads the node that the parser is at and leaves it at the node's last event; null when the node was refused.</summary>
    private YamlNode? ReadNode(int depth)
    {
        ParsingEvent at = _parser.Current!;
        int line = Line(at.Start);
        if (at is AnchorAlias alias)
        {
            Refuse(line, $"alias *{Quoted.Bare(alias.Value.Value)} is not supported; write the value out");
            return null;
        }
        if (at is NodeEvent { Anchor.IsEmpty: false } anchored)
        {
            Refuse(line, $"anchor &{Quoted.Bare(anchored.Anchor.Value)} is not supported; write the value out where it is needed");
        }
        if (at is NodeEvent { Tag.IsEmpty: false } tagged)
        {
            Refuse(line, $"tag {Quoted.Text(tagged.Tag.ToString())} is not supported; remove it");
        }
        if (depth > MaximumDepth)
        {
            throw new YamlException(at.Start, at.End, $"nested deeper than {MaximumDepth} levels");
        }
        return at switch
        {
            Scalar scalar => new YamlScalar(line, scalar.Value, scalar.Style == ScalarStyle.Plain),
            SequenceStart => ReadList(line, depth),
            MappingStart => ReadMap(line, depth),
            _ => throw new YamlException(at.Start, at.End, "a value was expected here"),
        };
    }

    private YamlList ReadList(int line, int depth)
    {
        List<YamlNode> items = [];
        while (_parser.MoveNext() && _parser.Current is not SequenceEnd)
        {
            if (ReadNode(depth + 1) is { } item)
            {
                items.Add(item);
            }
        }
        return new YamlList(line, items);
    }

    private YamlMap ReadMap(int line, int depth)
    {
        List<YamlEntry> entries = [];
        Dictionary<string, int> seen = [];
        while (_parser.MoveNext() && _parser.Current is not MappingEnd)
        {
            YamlNode? key = ReadNode(depth + 1);
            _parser.MoveNext();
            YamlNode? value = ReadNode(depth + 1);
            if (key is not YamlScalar { Text: var name })
            {
                if (key is not null)
                {
                    Refuse(key.Line, $"{key.Noun} cannot be a key");
                }
            }
            else if (!seen.TryAdd(name, key.Line))
            {
                Refuse(key.Line, $"key {Quoted.Text(name)} is given twice, first in line {seen[name]}");
            }
            else if (value is not null)
            {
                entries.Add(new YamlEntry(name, key.Line, value));
            }
        }
        return new YamlMap(line, entries);
    }

    private void Refuse(int line, string text) => _problems.Add(_source, line, "", text);
}
