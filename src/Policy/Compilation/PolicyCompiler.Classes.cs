using System.Collections.Immutable;
using System.Net;
using Weft.Policy.Model;

namespace Weft.Policy.Compilation;

/// <summary>Policies, and the classes of those that they select.</summary>
public sealed partial class PolicyCompiler
{
    private static readonly Direction[] Directions = [Direction.Ingress, Direction.Egress];

    private readonly Dictionary<Direction, ClassState?> _nodeClasses = [];
    private readonly Dictionary<IPAddress, List<EndpointState>> _holders = [];
    private readonly Dictionary<PolicyName, HashSet<ClassState>> _classesOf = [];
    private readonly HashSet<PolicyState> _hostPolicies = [];

    /// <summary>A policy is new, or is different now.</summary>
    public void Set(PolicyDefinition definition)
    {
        _policies.TryGetValue(definition.Name, out PolicyState? old);
        var state = new PolicyState(definition);
        _policies[definition.Name] = state;
        if (definition.Subject is PolicySubject.Endpoints subject)
        {
            state.Subject = Selector(subject.Selector);
            state.Subject.Subjects.Add(state);
        }
        else
        {
            _hostPolicies.Add(state);
        }
        Replace(old, state);
    }

    /// <summary>A policy is gone.</summary>
    public void Remove(PolicyName name)
    {
        if (_policies.Remove(name, out PolicyState? old))
        {
            Replace(old, null);
        }
    }

    private void Replace(PolicyState? old, PolicyState? now)
    {
        HashSet<EndpointState> selected = [.. now?.Subject?.Members ?? [], .. old?.Subject?.Members ?? []];
        if (old is not null)
        {
            _hostPolicies.Remove(old);
            old.Subject?.Subjects.Remove(old);
        }
        // First the classes that keep their policies: they may have other rules now.
        if (old is not null && now is not null)
        {
            foreach (ClassState item in _classesOf.GetValueOrDefault(old.Definition.Name) ?? [])
            {
                Compile(item);
            }
        }
        foreach (EndpointState endpoint in selected)
        {
            Reclass(endpoint, endpoint);
        }
        if ((old ?? now)!.Definition.Tier == PolicyTier.Host)
        {
            ReclassNode();
        }
        if (old?.Subject is { } subject)
        {
            DropIfUnused(subject);
        }
    }

    /// <summary>Puts an endpoint into the classes that it belongs to now.</summary>
    private void Reclass(EndpointState? old, EndpointState? now)
    {
        bool local = now is not null && IsLocal(now.Endpoint);
        List<ClassState?> before = [];
        foreach (Direction direction in Directions)
        {
            before.Add(old?.Class(direction));
            now?.SetClass(direction, local ? Use(direction, now.Selectors.SelectMany(selector => selector.Subjects)) : null);
        }
        Hold(old, local ? now : null);
        foreach (IPAddress address in (old?.Endpoint.Addresses ?? []).Union(local ? now!.Endpoint.Addresses : []))
        {
            EndpointState? holder = _holders.TryGetValue(address, out List<EndpointState>? holders) ? holders[^1] : null;
            foreach (Direction direction in Directions)
            {
                Assign(new ClassTarget(direction, address), holder?.Class(direction));
            }
        }
        before.ForEach(Release);
    }

    /// <summary>Keeps who has which address, the latest last: one may be given to a new endpoint before the old one is gone, and must never be without its class.</summary>
    private void Hold(EndpointState? old, EndpointState? now)
    {
        foreach (IPAddress address in old?.Endpoint.Addresses ?? [])
        {
            if (_holders.TryGetValue(address, out List<EndpointState>? holders) && holders.IndexOf(old!) is var place and >= 0)
            {
                if (now is not null && now.Endpoint.Addresses.Contains(address))
                {
                    holders[place] = now;
                }
                else
                {
                    holders.RemoveAt(place);
                    if (holders.Count == 0)
                    {
                        _holders.Remove(address);
                    }
                }
            }
        }
        foreach (IPAddress address in now?.Endpoint.Addresses ?? [])
        {
            if (!_holders.TryGetValue(address, out List<EndpointState>? holders))
            {
                _holders.Add(address, holders = []);
            }
            if (!holders.Contains(now!))
            {
                holders.Add(now!);
            }
        }
    }

    private void ReclassNode()
    {
        PolicyNode? node = _node is null ? null : _nodes.GetValueOrDefault(_node);
        foreach (Direction direction in Directions)
        {
            ClassState? before = _nodeClasses.GetValueOrDefault(direction);
            ClassState? after = node is null ? null : Use(direction, _hostPolicies.Where(policy => policy.Definition.Subject is PolicySubject.Nodes nodes && nodes.Selector.Matches(node.Labels)));
            Assign(new ClassTarget(direction, null), after);
            _nodeClasses[direction] = after;
            Release(before);
        }
    }

    private void Assign(in ClassTarget target, ClassState? to)
    {
        ClassId? before = _assignments.TryGetValue(target, out ClassId id) ? id : null;
        if (before == to?.Id)
        {
            return;
        }
        _recorder.Assignment(target, before);
        if (to is null)
        {
            _assignments.Remove(target);
        }
        else
        {
            _assignments[target] = to.Id;
        }
    }

    /// <summary>The class of those that these policies select, with one user more; null: none is about the direction.</summary>
    private ClassState? Use(Direction direction, IEnumerable<PolicyState> selecting)
    {
        ImmutableArray<PolicyName> policies = [.. selecting.Where(policy => policy.Definition.Rules(direction) is not null).Select(policy => policy.Definition.Name).Order()];
        if (policies.IsEmpty)
        {
            return null;
        }
        var id = new ClassId($"{(direction == Direction.Ingress ? "i" : "e")}_{ContentHash.Of(string.Join('\n', policies))}");
        if (!_classes.TryGetValue(id, out ClassState? state))
        {
            state = new ClassState(id, direction, policies);
            _recorder.Class(id, null);
            _classes.Add(id, state);
            foreach (PolicyName policy in policies)
            {
                if (!_classesOf.TryGetValue(policy, out HashSet<ClassState>? having))
                {
                    _classesOf.Add(policy, having = []);
                }
                having.Add(state);
            }
            Compile(state);
        }
        state.Users++;
        return state;
    }

    private void Release(ClassState? state)
    {
        if (state is null || --state.Users > 0)
        {
            return;
        }
        _recorder.Class(state.Id, state.Compiled);
        _classes.Remove(state.Id);
        foreach (PolicyName policy in state.Policies)
        {
            _classesOf[policy].Remove(state);
            if (_classesOf[policy].Count == 0)
            {
                _classesOf.Remove(policy);
            }
        }
        foreach (SetState set in state.Sets)
        {
            ReleaseSet(set);
        }
    }

    private void Compile(ClassState state)
    {
        PolicyState[] policies = [.. state.Policies.Select(name => _policies[name]).OrderBy(policy => policy.Definition, PolicyDefinition.Order)];
        CompiledChain enforced = Chain(policies.Where(policy => !policy.Definition.Staged), state.Direction);
        CompiledChain? staged = policies.Any(policy => policy.Definition.Staged) ? Chain(policies, state.Direction) : null;
        var compiled = new CompiledClass(state.Id, state.Direction, state.Policies, enforced, staged);
        HashSet<SetId> named = [.. new[] { enforced, staged }.OfType<CompiledChain>().SelectMany(chain => chain.Sections).SelectMany(section => section.Rules).SelectMany(SetsOf)];
        // The new ones first: a set that both need is not made anew.
        ImmutableArray<SetState> sets = [.. policies.SelectMany(policy => policy.Sources(state.Direction)).DistinctBy(source => source.Id)
            .Where(source => named.Contains(source.Id)).Select(UseSet)];
        ImmutableArray<SetState> before = state.Sets;
        if (!before.IsEmpty || state.Compiled is not null)
        {
            _recorder.Class(state.Id, state.Compiled);
        }
        (state.Sets, state.Compiled) = (sets, compiled);
        foreach (SetState set in before)
        {
            ReleaseSet(set);
        }
    }

    private CompiledChain Chain(IEnumerable<PolicyState> policies, Direction direction)
    {
        Dictionary<PolicyName, PolicyState> byName = policies.ToDictionary(policy => policy.Definition.Name);
        return RuleCompiler.Chain([.. byName.Values.Select(policy => policy.Definition).Order(PolicyDefinition.Order)], direction, _settings.FailSafe, policy => byName[policy.Name].Rules(direction));
    }

    private static IEnumerable<SetId> SetsOf(CompiledRule rule)
    {
        if (rule.Peer is PeerTest.InSet peers)
        {
            yield return peers.Set;
        }
        if (rule.Port is PortTest.Named ports)
        {
            yield return ports.Set;
        }
    }
}
