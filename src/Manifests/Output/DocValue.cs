namespace Weft.Manifests.Output;

/// <summary>A value of what `-o json` and `-o yaml` print: one tree, two spellings.</summary>
public abstract record DocValue
{
    public sealed record Text(string Value) : DocValue;

    public sealed record Number(ulong Value) : DocValue;

    public sealed record Flag(bool Value) : DocValue;

    public sealed record List(IReadOnlyList<DocValue> Items) : DocValue;

    public static implicit operator DocValue(string value) => new Text(value);

    public static implicit operator DocValue(uint value) => new Number(value);

    public static implicit operator DocValue(ulong value) => new Number(value);

    public static implicit operator DocValue(bool value) => new Flag(value);

    public static DocValue ListOf(IEnumerable<string> texts) => new List([.. texts.Select(text => (DocValue)text)]);
}
