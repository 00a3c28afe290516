namespace Weft.Policy.Compilation;

/// <summary>Names a class by its direction and policies. At most 31 characters of [a-z0-9_].</summary>
public readonly record struct ClassId(string Text) : IComparable<ClassId>
{
    public int CompareTo(ClassId other) => string.CompareOrdinal(Text, other.Text);

    public override string ToString() => Text;
}
