namespace Weft.Policy.Model;

/// <summary>An endpoint by namespace and name; one of several interfaces of a container also by its interface.</summary>
/// <param name="Interface">What tells it from others of the same namespace and name: its host interface's name. Empty where nothing has to.</param>
public readonly record struct EndpointName(string Namespace, string Name, string Interface = "") : IComparable<EndpointName>
{
    private const char Separator = '%';     // as in fe80::1%eth0 (RFC 4007 section 11.2)

    /// <summary>Whether a person who writes this text means it: NAME, NAMESPACE/NAME, or either with %INTERFACE behind it.</summary>
    public bool IsMeantBy(string text)
    {
        int interfaceAt = text.IndexOf(Separator, StringComparison.Ordinal);
        ReadOnlySpan<char> named = interfaceAt < 0 ? text : text.AsSpan(0, interfaceAt);
        int slash = named.IndexOf('/');
        return (interfaceAt < 0 || text.AsSpan(interfaceAt + 1).SequenceEqual(Interface))
            && (slash < 0 || named[..slash].SequenceEqual(Namespace))
            && named[(slash + 1)..].SequenceEqual(Name);
    }

    public int CompareTo(EndpointName other) =>
        string.CompareOrdinal(Namespace, other.Namespace) is var byNamespace and not 0 ? byNamespace
        : string.CompareOrdinal(Name, other.Name) is var byName and not 0 ? byName
        : string.CompareOrdinal(Interface, other.Interface);

    /// <summary>NAME, or NAME%INTERFACE.</summary>
    public string WithoutNamespace => Interface.Length == 0 ? Name : $"{Name}{Separator}{Interface}";

    public override string ToString() => $"{Namespace}/{WithoutNamespace}";
}
