using System.Net;
using Weft.Policy.Labels;
using Weft.Policy.Model;

namespace Weft.Policy.Compilation;

/// <summary>Endpoints and namespaces.</summary>
public sealed partial class PolicyCompiler
{
    private static readonly HashSet<SelectorState> NoSelectors = [];

    private readonly Dictionary<string, HashSet<EndpointState>> _endpointsByPort = [];

    /// <summary>An endpoint is new, or is different now.</summary>
    public void Set(PolicyEndpoint endpoint)
    {
        _endpoints.TryGetValue(endpoint.Name, out EndpointState? old);
        NamespaceState home = old?.Namespace ?? Namespace(endpoint.Name.Namespace);
        old?.Namespace.Remove(old);
        var state = new EndpointState(endpoint, home);
        home.Add(state);
        _endpoints[endpoint.Name] = state;
        state.Selectors = Match(state);
        MoveElements(old, state);
        Reclass(old, state);
    }

    /// <summary>An endpoint is gone.</summary>
    public void Remove(EndpointName name)
    {
        if (!_endpoints.Remove(name, out EndpointState? old))
        {
            return;
        }
        old.Namespace.Remove(old);
        MoveElements(old, null);
        Reclass(old, null);
        DropIfUnused(old.Namespace);
    }

    /// <summary>A namespace has an object with such labels; its name is always among them.</summary>
    public void SetNamespace(string name, LabelSet labels)
    {
        _declaredNamespaces[name] = labels.With(LabelRules.NamespaceName, name);
        Relabel(Namespace(name), _declaredNamespaces[name]);
    }

    /// <summary>A namespace has no object; what is in it stays there, with the label of its name alone.</summary>
    public void RemoveNamespace(string name)
    {
        if (_declaredNamespaces.Remove(name))
        {
            NamespaceState state = Namespace(name);
            Relabel(state, LabelSet.Empty.With(LabelRules.NamespaceName, name));
            DropIfUnused(state);
        }
    }

    private bool IsLocal(PolicyEndpoint endpoint) => !endpoint.HostNetwork && (_node is null || endpoint.Node == _node);

    private NamespaceState Namespace(string name)
    {
        if (!_namespaces.TryGetValue(name, out NamespaceState? state))
        {
            state = new NamespaceState(name, _declaredNamespaces.GetValueOrDefault(name) ?? LabelSet.Empty.With(LabelRules.NamespaceName, name));
            _namespaces.Add(name, state);
            EnterScopes(state);
        }
        return state;
    }

    private void DropIfUnused(NamespaceState state)
    {
        if (state.Endpoints.Count == 0 && !_declaredNamespaces.ContainsKey(state.Name))
        {
            foreach (ScopeState scope in state.Scopes)
            {
                scope.Namespaces.Remove(state);
            }
            _namespaces.Remove(state.Name);
        }
    }

    private void EnterScopes(NamespaceState state)
    {
        foreach (ScopeState scope in _selectedScopes)
        {
            if (scope.Scope.Matches(state.Name, state.Labels))
            {
                Enter(state, scope);
            }
        }
        if (_scopes.TryGetValue(new NamespaceScope.One(state.Name), out ScopeState? own))
        {
            Enter(state, own);
        }
    }

    private static void Enter(NamespaceState state, ScopeState scope)
    {
        scope.Namespaces.Add(state);
        state.Scopes.Add(scope);
    }

    private void Relabel(NamespaceState state, LabelSet labels)
    {
        if (state.Labels.Equals(labels))
        {
            return;
        }
        state.Labels = labels;
        bool moved = false;
        foreach (ScopeState scope in _selectedScopes)
        {
            if (scope.Scope.Matches(state.Name, labels))
            {
                moved |= scope.Namespaces.Add(state) && state.Scopes.Add(scope);
            }
            else if (scope.Namespaces.Remove(state))
            {
                state.Scopes.Remove(scope);
                moved = true;
            }
        }
        foreach (EndpointState endpoint in moved ? [.. state.Endpoints] : Array.Empty<EndpointState>())
        {
            Set(endpoint.Endpoint);
        }
    }

    private static HashSet<SelectorState> Match(EndpointState state)
    {
        HashSet<SelectorState> matching = [];
        if (!state.Endpoint.HostNetwork)
        {
            foreach (ScopeState scope in state.Namespace.Scopes)
            {
                scope.Match(state.Endpoint.Labels, matching);
            }
        }
        return matching;
    }

    /// <summary>Takes what an endpoint gave to sets, and gives what it gives now.</summary>
    private void MoveElements(EndpointState? old, EndpointState? now)
    {
        bool sameAddresses = old is not null && now is not null && old.Endpoint.Addresses.AsSpan().SequenceEqual(now.Endpoint.Addresses.AsSpan());
        foreach (SelectorState selector in now?.Selectors ?? NoSelectors)
        {
            selector.Members.Add(now!);
            if (selector.Set is { } set && !(sameAddresses && old!.Selectors.Contains(selector)))
            {
                AddAddresses(set, now!.Endpoint);
            }
        }
        foreach (SelectorState selector in old?.Selectors ?? NoSelectors)
        {
            selector.Members.Remove(old!);
            if (selector.Set is { } set && !(sameAddresses && now!.Selectors.Contains(selector)))
            {
                foreach (IPAddress address in old!.Endpoint.Addresses)
                {
                    RemoveElement(set, new SetElement(address));
                }
            }
        }
        IndexPorts(old, now);
        foreach ((SetState set, SetElement element) in NamedPortElements(now?.Endpoint))
        {
            AddElement(set, element);
        }
        foreach ((SetState set, SetElement element) in NamedPortElements(old?.Endpoint))
        {
            RemoveElement(set, element);
        }
    }

    private void IndexPorts(EndpointState? old, EndpointState? now)
    {
        foreach (NamedPort port in old?.Endpoint.Ports ?? [])
        {
            if (_endpointsByPort.TryGetValue(port.Name, out HashSet<EndpointState>? having) && having.Remove(old!) && having.Count == 0)
            {
                _endpointsByPort.Remove(port.Name);
            }
        }
        foreach (NamedPort port in now?.Endpoint.Ports ?? [])
        {
            if (!_endpointsByPort.TryGetValue(port.Name, out HashSet<EndpointState>? having))
            {
                _endpointsByPort.Add(port.Name, having = []);
            }
            having.Add(now!);
        }
    }

    private void AddAddresses(SetState set, PolicyEndpoint endpoint)
    {
        foreach (IPAddress address in endpoint.Addresses)
        {
            AddElement(set, new SetElement(address));
        }
    }

    /// <summary>What an endpoint's named ports give to the sets of such ports that are in use.</summary>
    private IEnumerable<(SetState Set, SetElement Element)> NamedPortElements(PolicyEndpoint? endpoint)
    {
        if (endpoint is null || endpoint.HostNetwork || endpoint.Ports.IsEmpty)
        {
            yield break;
        }
        foreach (NamedPort port in endpoint.Ports)
        {
            foreach (SetState set in _namedPortSets.GetValueOrDefault(port.Name) ?? [])
            {
                foreach (IPAddress address in ((SetSource.NamedPort)set.Source).Protocol is { } protocol && protocol != port.Protocol ? [] : endpoint.Addresses)
                {
                    yield return (set, new SetElement(address, null, port.Protocol, port.Number));
                }
            }
        }
    }
}
