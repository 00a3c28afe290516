namespace Weft.Policy.Model;

/// <summary>An endpoint by namespace and name.</summary>
public readonly record struct EndpointName(string Namespace, string Name) : IComparable<EndpointName>
{
    public int CompareTo(EndpointName other) =>
        string.CompareOrdinal(Namespace, other.Namespace) is var order and not 0 ? order : string.CompareOrdinal(Name, other.Name);

    public override string ToString() => $"{Namespace}/{Name}";
}
