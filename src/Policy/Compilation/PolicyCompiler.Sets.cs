using Weft.Policy.Model;

namespace Weft.Policy.Compilation;

/// <summary>Selectors, and the sets that rules in use name.</summary>
public sealed partial class PolicyCompiler
{
    private readonly Dictionary<NamespaceScope, ScopeState> _scopes = [];
    private readonly HashSet<ScopeState> _selectedScopes = [];
    private readonly Dictionary<string, SelectorState> _selectors = [];
    private readonly Dictionary<string, List<SetState>> _namedPortSets = [];
    private readonly HashSet<SetState> _nodeSets = [];
    private readonly HashSet<SetState> _networkSetSets = [];

    /// <summary>A node is new, or is different now.</summary>
    public void Set(PolicyNode node)
    {
        _nodes[node.Name] = node;
        NodesChanged();
    }

    public void RemoveNode(string name)
    {
        if (_nodes.Remove(name))
        {
            NodesChanged();
        }
    }

    /// <summary>A NetworkSet is new, or is different now.</summary>
    public void Set(NetworkSetDefinition set)
    {
        _networkSets[set.Name] = set;
        NetworkSetsChanged();
    }

    public void RemoveNetworkSet(string name)
    {
        if (_networkSets.Remove(name))
        {
            NetworkSetsChanged();
        }
    }

    private SelectorState Selector(EndpointSelector selector)
    {
        if (_selectors.TryGetValue(selector.Text, out SelectorState? state))
        {
            return state;
        }
        if (!_scopes.TryGetValue(selector.Scope, out ScopeState? scope))
        {
            _scopes.Add(selector.Scope, scope = new ScopeState(selector.Scope));
            foreach (NamespaceState space in selector.Scope is NamespaceScope.One one ? _namespaces.TryGetValue(one.Name, out NamespaceState? only) ? [only] : [] : _namespaces.Values.AsEnumerable())
            {
                if (selector.Scope.Matches(space.Name, space.Labels))
                {
                    Enter(space, scope);
                }
            }
            if (selector.Scope is NamespaceScope.Selected)
            {
                _selectedScopes.Add(scope);
            }
        }
        state = new SelectorState(selector, scope);
        scope.Add(state);
        _selectors.Add(selector.Text, state);
        foreach (EndpointState endpoint in scope.Matching(selector.Pods))
        {
            state.Members.Add(endpoint);
            endpoint.Selectors.Add(state);
        }
        return state;
    }

    private void DropIfUnused(SelectorState selector)
    {
        // A policy that goes may have its own subject among its peers: whoever is second finds it dropped.
        if (!selector.IsUnused || !_selectors.TryGetValue(selector.Selector.Text, out SelectorState? known) || known != selector)
        {
            return;
        }
        foreach (EndpointState endpoint in selector.Members)
        {
            endpoint.Selectors.Remove(selector);
        }
        _selectors.Remove(selector.Selector.Text);
        selector.Scope.Remove(selector);
        if (selector.Scope.Count == 0)
        {
            _scopes.Remove(selector.Scope.Scope);
            _selectedScopes.Remove(selector.Scope);
            foreach (NamespaceState space in selector.Scope.Namespaces)
            {
                space.Scopes.Remove(selector.Scope);
            }
        }
    }

    /// <summary>The set of a source, made if there is none yet, with one user more.</summary>
    private SetState UseSet(SetSource source)
    {
        if (!_sets.TryGetValue(source.Id, out SetState? set))
        {
            set = new SetState(source);
            _sets.Add(source.Id, set);
            _recorder.SetCreated(source.Id);
            Fill(set);
        }
        set.Users++;
        return set;
    }

    private void ReleaseSet(SetState set)
    {
        if (--set.Users > 0)
        {
            return;
        }
        _recorder.SetRemoved(set);
        _sets.Remove(set.Id);
        switch (set.Source)
        {
            case SetSource.Endpoints source:
                SelectorState selector = _selectors[source.Selector.Text];
                selector.Set = null;
                DropIfUnused(selector);
                break;
            case SetSource.NamedPort source:
                _namedPortSets[source.Name].Remove(set);
                if (_namedPortSets[source.Name].Count == 0)
                {
                    _namedPortSets.Remove(source.Name);
                }
                break;
            default:
                _nodeSets.Remove(set);
                _networkSetSets.Remove(set);
                break;
        }
    }

    private void Fill(SetState set)
    {
        switch (set.Source)
        {
            case SetSource.Endpoints source:
                SelectorState selector = Selector(source.Selector);
                selector.Set = set;
                foreach (EndpointState endpoint in selector.Members)
                {
                    AddAddresses(set, endpoint.Endpoint);
                }
                break;
            case SetSource.NamedPort source:
                if (!_namedPortSets.TryGetValue(source.Name, out List<SetState>? same))
                {
                    _namedPortSets.Add(source.Name, same = []);
                }
                same.Add(set);
                foreach (EndpointState endpoint in _endpointsByPort.GetValueOrDefault(source.Name) ?? [])
                {
                    foreach ((SetState to, SetElement element) in NamedPortElements(endpoint.Endpoint))
                    {
                        if (to == set)
                        {
                            AddElement(set, element);
                        }
                    }
                }
                break;
            case SetSource.Nodes:
                _nodeSets.Add(set);
                Replace(set, Wanted(set));
                break;
            case SetSource.NetworkSets:
                _networkSetSets.Add(set);
                Replace(set, Wanted(set));
                break;
            default:
                Replace(set, Wanted(set));
                break;
        }
    }

    private void NodesChanged()
    {
        foreach (SetState set in _nodeSets)
        {
            Replace(set, Wanted(set));
        }
        ReclassNode();
    }

    private void NetworkSetsChanged()
    {
        foreach (SetState set in _networkSetSets)
        {
            Replace(set, Wanted(set));
        }
    }

    private HashSet<SetElement> Wanted(SetState set) => set.Source switch
    {
        SetSource.Nodes source => [.. _nodes.Values.Where(node => source.Selector.Matches(node.Labels)).SelectMany(node => node.Addresses).Select(address => new SetElement(address))],
        SetSource.NetworkSets source => Intervals(_networkSets.Values.Where(item => source.Selector.Matches(item.Labels)).Aggregate(AddressRanges.None, (all, item) => all.Union(item.Ranges))),
        SetSource.Ranges source => Intervals(source.Content),
        _ => [],
    };

    private static HashSet<SetElement> Intervals(AddressRanges ranges) => [.. ranges.Intervals.Select(interval => new SetElement(interval.First, interval.Last))];

    private void Replace(SetState set, HashSet<SetElement> wanted)
    {
        foreach (SetElement element in set.Elements.Keys.Where(element => !wanted.Contains(element)).ToList())
        {
            RemoveElement(set, element);
        }
        foreach (SetElement element in wanted)
        {
            if (!set.Elements.ContainsKey(element))
            {
                AddElement(set, element);
            }
        }
    }

    private void AddElement(SetState set, in SetElement element)
    {
        if (set.Elements.TryGetValue(element, out int givers))
        {
            set.Elements[element] = givers + 1;
            return;
        }
        _recorder.Element(set.Id, element, existed: false);
        set.Elements.Add(element, 1);
    }

    private void RemoveElement(SetState set, in SetElement element)
    {
        int givers = set.Elements[element] - 1;
        if (givers > 0)
        {
            set.Elements[element] = givers;
            return;
        }
        _recorder.Element(set.Id, element, existed: true);
        set.Elements.Remove(element);
    }
}
