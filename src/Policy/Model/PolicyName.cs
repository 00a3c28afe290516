namespace Weft.Policy.Model;

/// <summary>Which policy: its kind, its namespace (empty for kinds that have none) and its name.</summary>
public readonly record struct PolicyName(string Kind, string Namespace, string Name) : IComparable<PolicyName>
{
    public int CompareTo(PolicyName other)
    {
        int order = string.CompareOrdinal(Kind, other.Kind);
        order = order != 0 ? order : string.CompareOrdinal(Namespace, other.Namespace);
        return order != 0 ? order : string.CompareOrdinal(Name, other.Name);
    }

    public override string ToString() => Namespace.Length == 0 ? $"{Kind} {Name}" : $"{Kind} {Namespace}/{Name}";
}
