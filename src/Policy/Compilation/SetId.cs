namespace Weft.Policy.Compilation;

/// <summary>Names a set by what it is made from: equal sources, one set. At most 31 characters of [a-z0-9_], as nf_tables wants.</summary>
public readonly record struct SetId(string Text) : IComparable<SetId>
{
    public int CompareTo(SetId other) => string.CompareOrdinal(Text, other.Text);

    public override string ToString() => Text;
}
