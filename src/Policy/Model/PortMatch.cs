using System.Collections.Immutable;

namespace Weft.Policy.Model;

/// <summary>Which traffic a rule is about. That none was given, and that nothing of what was given remains, are different types.</summary>
public abstract record PortMatch
{
    public static readonly PortMatch Any = new AnyTraffic();

    /// <summary>No ports were given: every protocol, ICMP too.</summary>
    public sealed record AnyTraffic : PortMatch;

    /// <summary>Some were given: one of them, and nothing when the list is empty.</summary>
    public sealed record Listed(ImmutableArray<PortRule> Ports) : PortMatch;
}
