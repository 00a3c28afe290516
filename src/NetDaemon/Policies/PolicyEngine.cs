using System.Net;
using Weft.NetDaemon.Attachments;
using Weft.Policy.Compilation;
using Weft.Policy.Labels;
using Weft.Policy.Model;

namespace Weft.NetDaemon.Policies;

/// <summary>
/// What policies mean on this node, kept up to date event by event: what is told here becomes steps for the kernel. A container of which the labels are not known yet could be anybody's:
/// while there is any policy of endpoints, nothing passes for it. Not thread-safe but for <see cref="World"/>.
/// </summary>
/// <param name="node">This node's name.</param>
/// <param name="settings">What the operator chose.</param>
internal sealed class PolicyEngine(string node, PolicySettings settings)
{
    private readonly PolicyCompiler _compiler = new(node, settings);
    private readonly Dictionary<ulong, AttachmentRecord> _own = [];         // by id, as told last
    private readonly HashSet<ulong> _unlabelled = [];
    private readonly HashSet<PolicyName> _ofEndpoints = [];                 // policies that count
    private readonly HashSet<IPAddress> _isolated = [];                     // as the kernel was told last
    private readonly HashSet<SetId> _denying = [];
    private volatile PolicyWorld _world = PolicyWorld.Empty with { Settings = settings };

    public string Node { get; } = node;

    public PolicySettings Settings { get; } = settings;

    /// <summary>Everything that flows are judged by. Needs no lock.</summary>
    public PolicyWorld World => _world;

    /// <summary>Whether all endpoints and policies are known. Not so while the store was never read.</summary>
    public bool IsWhole { get; set; } = true;

    /// <summary>Whether flows go on that were allowed when they began.</summary>
    public bool KeepsEstablished { get; init; }

    /// <summary>Whether there is anything to judge by.</summary>
    public bool HasPolicies => !_world.Policies.IsEmpty;

    /// <summary>All of it. Its cost grows with everything.</summary>
    public PolicyState State()
    {
        _compiler.TakeChange();
        _isolated.Clear();
        _isolated.UnionWith(WantedIsolated());
        CompiledPolicy all = _compiler.Snapshot();
        _denying.Clear();
        Learn(all.Classes.Values);
        return new PolicyState(all, [.. _isolated], IsWhole);
    }

    /// <summary>What changed since the last call, or the last <see cref="State"/>.</summary>
    public PolicyStep Take()
    {
        HashSet<IPAddress> wanted = WantedIsolated();
        IPAddress[] isolated = [.. wanted.Where(address => !_isolated.Contains(address))];
        IPAddress[] released = [.. _isolated.Where(address => !wanted.Contains(address))];
        _isolated.UnionWith(isolated);
        _isolated.ExceptWith(released);
        PolicyChange change = _compiler.TakeChange();
        Learn(change.ClassesWritten);
        return change.IsEmpty && isolated.Length == 0 && released.Length == 0
            ? PolicyStep.None
            : new PolicyStep(change, isolated, released) { DeniesMore = change.ElementsAdded.Any(added => _denying.Contains(added.Set)) };
    }

    /// <summary>An attachment of this node is new, or its labels are different now.</summary>
    public void Set(AttachmentRecord record)
    {
        PolicyEndpoint? now = record.LabelsAreKnown ? PolicyEndpoints.Of(record, Node) : null;
        if (_own.TryGetValue(record.Id, out AttachmentRecord? old) && old.LabelsAreKnown && PolicyEndpoints.NameOf(old) is var name && name != now?.Name)
        {
            Remove(name);
        }
        _own[record.Id] = record;
        if (now is null)
        {
            _unlabelled.Add(record.Id);
            return;
        }
        _unlabelled.Remove(record.Id);
        Set(now);
    }

    /// <summary>An attachment of this node is gone.</summary>
    public void Remove(AttachmentRecord record)
    {
        if (_own.Remove(record.Id, out AttachmentRecord? old) && !_unlabelled.Remove(record.Id))
        {
            Remove(PolicyEndpoints.NameOf(old));
        }
    }

    /// <summary>Exactly these are this node's attachments.</summary>
    public void Synchronize(IReadOnlyList<AttachmentRecord> attachments)
    {
        HashSet<ulong> ids = [.. attachments.Select(record => record.Id)];
        foreach (AttachmentRecord gone in _own.Values.Where(record => !ids.Contains(record.Id)).ToList())
        {
            Remove(gone);
        }
        foreach (AttachmentRecord record in attachments.Where(record => !_own.TryGetValue(record.Id, out AttachmentRecord? known) || !ReferenceEquals(known, record)))
        {
            Set(record);
        }
    }

    public void Set(PolicyEndpoint endpoint)
    {
        _compiler.Set(endpoint);
        _world = _world.With(endpoint);
    }

    public void Remove(EndpointName name)
    {
        _compiler.Remove(name);
        _world = _world.Without(name);
    }

    public void Set(PolicyDefinition policy)
    {
        _compiler.Set(policy);
        _world = _world.With(policy);
        if (policy.Subject is PolicySubject.Endpoints && !policy.Staged)
        {
            _ofEndpoints.Add(policy.Name);
        }
        else
        {
            _ofEndpoints.Remove(policy.Name);
        }
    }

    public void Remove(PolicyName name)
    {
        _compiler.Remove(name);
        _world = _world.Without(name);
        _ofEndpoints.Remove(name);
    }

    public void SetNamespace(string name, LabelSet labels)
    {
        _compiler.SetNamespace(name, labels);
        _world = _world.WithNamespace(name, labels);
    }

    public void RemoveNamespace(string name)
    {
        _compiler.RemoveNamespace(name);
        _world = _world.WithoutNamespace(name);
    }

    public void Set(NetworkSetDefinition set)
    {
        _compiler.Set(set);
        _world = _world.With(set);
    }

    public void RemoveNetworkSet(string name)
    {
        _compiler.RemoveNetworkSet(name);
        _world = _world.WithoutNetworkSet(name);
    }

    public void Set(PolicyNode item)
    {
        _compiler.Set(item);
        _world = _world.With(item);
    }

    public void RemoveNode(string name)
    {
        _compiler.RemoveNode(name);
        _world = _world.WithoutNode(name);
    }

    /// <summary>Remembers the sets by which rules deny, or pass on to others that may.</summary>
    private void Learn(IEnumerable<CompiledClass> classes)
    {
        foreach (CompiledRule rule in classes.SelectMany(item => item.Enforced.Sections).SelectMany(section => section.Rules).Where(rule => rule.Action != RuleAction.Allow))
        {
            if (rule.Peer is PeerTest.InSet peer)
            {
                _denying.Add(peer.Set);
            }
            if (rule.Port is PortTest.Named port)
            {
                _denying.Add(port.Set);
            }
        }
    }

    private HashSet<IPAddress> WantedIsolated() =>
        _unlabelled.Count == 0 || _ofEndpoints.Count == 0 ? [] : [.. _unlabelled.SelectMany(id => _own[id].Addresses).Select(address => address.Address)];
}
