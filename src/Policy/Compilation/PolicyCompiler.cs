using System.Collections.Immutable;
using Weft.Policy.Labels;
using Weft.Policy.Model;

namespace Weft.Policy.Compilation;

/// <summary>
/// Keeps <see cref="CompiledPolicy"/> up to date for one node, event by event. What an event costs depends on what it changes: an endpoint on its labels and the selectors that want
/// them, a policy on the endpoints that it selects; neither on how many endpoints or policies there are. Not thread-safe.
/// </summary>
public sealed partial class PolicyCompiler
{
    private readonly string? _node;
    private readonly PolicySettings _settings;
    private readonly ChangeRecorder _recorder = new();
    private readonly Dictionary<EndpointName, EndpointState> _endpoints = [];
    private readonly Dictionary<string, NamespaceState> _namespaces = [];
    private readonly Dictionary<string, LabelSet> _declaredNamespaces = [];
    private readonly Dictionary<PolicyName, PolicyState> _policies = [];
    private readonly Dictionary<string, PolicyNode> _nodes = [];
    private readonly Dictionary<string, NetworkSetDefinition> _networkSets = [];
    private readonly Dictionary<SetId, SetState> _sets = [];
    private readonly Dictionary<ClassId, ClassState> _classes = [];
    private readonly Dictionary<ClassTarget, ClassId> _assignments = [];

    /// <param name="node">Whose endpoints get classes; null: every endpoint does.</param>
    /// <param name="settings">What the operator chose.</param>
    public PolicyCompiler(string? node, PolicySettings settings) => (_node, _settings) = (node, settings);

    /// <summary>A compiler that knows a whole world. <see cref="TakeChange"/> then has all of it.</summary>
    public static PolicyCompiler Load(PolicyWorld world, string? node)
    {
        var compiler = new PolicyCompiler(node, world.Settings);
        foreach ((string name, LabelSet labels) in world.Namespaces)
        {
            compiler.SetNamespace(name, labels);
        }
        foreach (PolicyNode item in world.Nodes.Values)
        {
            compiler.Set(item);
        }
        foreach (NetworkSetDefinition item in world.NetworkSets.Values)
        {
            compiler.Set(item);
        }
        foreach (PolicyDefinition item in world.Policies.Values)
        {
            compiler.Set(item);
        }
        foreach (PolicyEndpoint item in world.Endpoints.Values)
        {
            compiler.Set(item);
        }
        return compiler;
    }

    /// <summary>What changed since the last call; a thing that changed and changed back is not in it.</summary>
    public PolicyChange TakeChange() => _recorder.Take(_sets, _classes, _assignments);

    /// <summary>Everything, as it is now. Its cost grows with everything.</summary>
    public CompiledPolicy Snapshot() => new(
        _sets.ToImmutableDictionary(pair => pair.Key, pair => ChangeRecorder.Compiled(pair.Value)),
        _classes.ToImmutableDictionary(pair => pair.Key, pair => pair.Value.Compiled!),
        _assignments.ToImmutableDictionary());
}
