namespace Weft.Cli.Output;

/// <summary>A value of what `-o json` and `-o yaml` print: one tree, two spellings.</summary>
internal abstract record DocValue
{
    internal sealed record Text(string Value) : DocValue;

    internal sealed record Number(ulong Value) : DocValue;

    internal sealed record Flag(bool Value) : DocValue;

    internal sealed record List(IReadOnlyList<DocValue> Items) : DocValue;

    public static implicit operator DocValue(string value) => new Text(value);

    public static implicit operator DocValue(uint value) => new Number(value);

    public static implicit operator DocValue(ulong value) => new Number(value);

    public static implicit operator DocValue(bool value) => new Flag(value);

    public static DocValue ListOf(IEnumerable<string> texts) => new List([.. texts.Select(text => (DocValue)text)]);
}
