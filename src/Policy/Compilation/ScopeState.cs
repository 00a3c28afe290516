using Weft.Policy.Labels;
using Weft.Policy.Model;

namespace Weft.Policy.Compilation;

/// <summary>
/// The selectors of one scope, found by what they ask for: a selector that wants app=web is looked at only for endpoints that have it. What asks for no label that must be there
/// (NotIn, DoesNotExist, everything) is looked at for each endpoint of the scope.
/// </summary>
internal sealed class ScopeState(NamespaceScope scope)
{
    private readonly Dictionary<(string Key, string Value), List<SelectorState>> _byValue = [];
    private readonly Dictionary<string, List<SelectorState>> _byKey = [];
    private readonly List<SelectorState> _rest = [];

    public NamespaceScope Scope => scope;

    public HashSet<NamespaceState> Namespaces { get; } = [];

    public int Count { get; private set; }

    public void Add(SelectorState selector)
    {
        Count++;
        foreach (List<SelectorState> list in ListsOf(selector))
        {
            list.Add(selector);
        }
    }

    public void Remove(SelectorState selector)
    {
        Count--;
        foreach (List<SelectorState> list in ListsOf(selector))
        {
            list.Remove(selector);
        }
        if (Anchor(selector.Selector.Pods) is { } anchor)
        {
            foreach (string value in anchor.Values)
            {
                if (_byValue.TryGetValue((anchor.Key, value), out List<SelectorState>? list) && list.Count == 0)
                {
                    _byValue.Remove((anchor.Key, value));
                }
            }
            if (_byKey.TryGetValue(anchor.Key, out List<SelectorState>? ofKey) && ofKey.Count == 0)
            {
                _byKey.Remove(anchor.Key);
            }
        }
    }

    /// <summary>Adds the selectors that match an endpoint of the scope.</summary>
    public void Match(LabelSet labels, HashSet<SelectorState> matching)
    {
        AddMatching(_rest, labels, matching);
        foreach ((string key, string value) in labels.Pairs)
        {
            if (_byValue.TryGetValue((key, value), out List<SelectorState>? ofValue))
            {
                AddMatching(ofValue, labels, matching);
            }
            if (_byKey.TryGetValue(key, out List<SelectorState>? ofKey))
            {
                AddMatching(ofKey, labels, matching);
            }
        }
    }

    /// <summary>The endpoints of the scope that a selector matches, found by the label that it wants where it wants one.</summary>
    public IEnumerable<EndpointState> Matching(Selector pods)
    {
        Requirement? anchor = pods.Requirements.FirstOrDefault(requirement => requirement.Test == SelectorTest.In);
        foreach (NamespaceState space in Namespaces)
        {
            IEnumerable<EndpointState> candidates = anchor is null
                ? space.Endpoints
                : anchor.Values.SelectMany(value => space.ByLabel.TryGetValue((anchor.Key, value), out HashSet<EndpointState>? having) ? having : Enumerable.Empty<EndpointState>());
            foreach (EndpointState endpoint in candidates)
            {
                if (!endpoint.Endpoint.HostNetwork && pods.Matches(endpoint.Endpoint.Labels))
                {
                    yield return endpoint;
                }
            }
        }
    }

    private static Requirement? Anchor(Selector pods) =>
        pods.Requirements.FirstOrDefault(requirement => requirement.Test == SelectorTest.In) ?? pods.Requirements.FirstOrDefault(requirement => requirement.Test == SelectorTest.Exists);

    private static void AddMatching(List<SelectorState> selectors, LabelSet labels, HashSet<SelectorState> matching)
    {
        foreach (SelectorState selector in selectors)
        {
            if (selector.Selector.Pods.Matches(labels))
            {
                matching.Add(selector);
            }
        }
    }

    private IEnumerable<List<SelectorState>> ListsOf(SelectorState selector) => Anchor(selector.Selector.Pods) switch
    {
        null => [_rest],
        { Test: SelectorTest.In } anchor => anchor.Values.Select(value => ListOf(_byValue, (anchor.Key, value))),
        var anchor => [ListOf(_byKey, anchor.Key)],
    };

    private static List<SelectorState> ListOf<TKey>(Dictionary<TKey, List<SelectorState>> lists, TKey key)
        where TKey : notnull
    {
        if (!lists.TryGetValue(key, out List<SelectorState>? list))
        {
            lists.Add(key, list = []);
        }
        return list;
    }
}
