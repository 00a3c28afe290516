using Weft.Policy.Model;

namespace Weft.Policy.Compilation;

/// <summary>A selector that policies have for their subject, or that a set is made from.</summary>
internal sealed class SelectorState(EndpointSelector selector, ScopeState scope)
{
    public EndpointSelector Selector => selector;

    public ScopeState Scope => scope;

    public HashSet<EndpointState> Members { get; } = [];

    /// <summary>Policies whose subject it is.</summary>
    public List<PolicyState> Subjects { get; } = [];

    /// <summary>The set of its members' addresses, while a rule in use names it.</summary>
    public SetState? Set { get; set; }

    public bool IsUnused => Subjects.Count == 0 && Set is null;
}
