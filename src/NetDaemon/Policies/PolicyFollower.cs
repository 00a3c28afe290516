using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Store;
using Weft.Policy.Labels;
using Weft.Policy.Model;
using Weft.Policy.Objects;
using Endpoint = Weft.Contracts.V1.Endpoint;

namespace Weft.NetDaemon.Policies;

/// <summary>
/// Brings what the store says of policies, namespaces, network sets, nodes and other nodes' endpoints to the engine and into the kernel. Endpoints are followed only once there is a policy:
/// a container's start is a message to every node that follows them.
/// </summary>
internal sealed class PolicyFollower
{
    private readonly IStore _store;
    private readonly NodeDirectory _nodes;
    private readonly PolicyEngine _engine;
    private readonly NodeKernel _kernel;
    private readonly NodeLock _lock;
    private readonly HealthBoard _health;
    private readonly ILogger _logger;
    private readonly KeyWatch[] _objects;
    private readonly KeyWatch? _endpoints;      // null: all endpoints are this node's
    private readonly TaskCompletionSource _hasPolicies = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<string, object> _read = new(StringComparer.Ordinal);        // by key: what the engine was told
    private readonly SortedDictionary<string, string> _faults = new(StringComparer.Ordinal);    // by key
    private readonly Lock _faultsLock = new();
    private NodeSnapshot _knownNodes = NodeSnapshot.Empty;
    private readonly Channel<bool> _enforced = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly TimeProvider _time;
    private long _enforcedRevision;

    /// <param name="store">The store.</param>
    /// <param name="isShared">Whether other nodes have endpoints in it.</param>
    /// <param name="nodes">All nodes.</param>
    /// <param name="engine">Gets what is read; under <paramref name="nodeLock"/>.</param>
    /// <param name="kernel">Puts it in force.</param>
    /// <param name="nodeLock">Guards both.</param>
    /// <param name="health">Where it says how it is.</param>
    /// <param name="time">For retries.</param>
    /// <param name="logger">Where keys are named that cannot be read.</param>
    public PolicyFollower(
        IStore store, bool isShared, NodeDirectory nodes, PolicyEngine engine, NodeKernel kernel, NodeLock nodeLock, HealthBoard health, TimeProvider time, ILogger<PolicyFollower> logger)
    {
        (_store, _nodes, _engine, _kernel, _lock, _health, _logger, _time) = (store, nodes, engine, kernel, nodeLock, health, logger, time);
        KeyWatch Watch(string prefix) => new(store, prefix, time) { Away = Away };
        _objects = [Watch(StoreKeys.Namespaces), Watch(StoreKeys.NetworkSets), Watch(StoreKeys.Policies)];
        _endpoints = isShared ? Watch(StoreKeys.Endpoints) : null;
    }

    /// <summary>Called where a change needs a look at everything.</summary>
    public Func<Task> LookAtEverything { get; init; } = () => Task.CompletedTask;

    /// <summary>Reads everything, before the first look at the kernel.</summary>
    /// <exception cref="StoreException">The store did not answer and has no copy.</exception>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        TellNodes(_engine, _nodes.Current);
        foreach (KeyWatch watch in _objects)
        {
            Tell(_engine, await watch.LoadAsync(cancellationToken));
            Enforced(watch.Revision);
        }
        if (_engine.HasPolicies)
        {
            Tell(_engine, await ReadEndpointsAsync(cancellationToken));
        }
        Report();
    }

    /// <summary>Follows all of it until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(
    [
        .. _objects.Select(watch => watch.RunAsync((changes, revision) => TakeAsync(changes, revision, cancellationToken), cancellationToken)),
        PublishAsync(cancellationToken),
        FollowEndpointsAsync(cancellationToken),
        FollowNodesAsync(cancellationToken),
    ]);

    private async Task FollowEndpointsAsync(CancellationToken cancellationToken)
    {
        if (_endpoints is { } endpoints)
        {
            await _hasPolicies.Task.WaitAsync(cancellationToken);
            await endpoints.RunAsync((changes, _) => TakeAsync(changes, 0, cancellationToken), cancellationToken);
        }
    }

    private async Task FollowNodesAsync(CancellationToken cancellationToken)
    {
        await foreach (NodeSnapshot nodes in _nodes.FollowAsync(cancellationToken))
        {
            if (!ReferenceEquals(nodes, _knownNodes))
            {
                await PutInForceAsync(engine => TellNodes(engine, nodes));
            }
        }
    }

    private async Task TakeAsync(IReadOnlyList<StoreChange> changes, long revision, CancellationToken cancellationToken)
    {
        if (!_hasPolicies.Task.IsCompleted && changes.Any(change => change.Entry is not null && change.Key.StartsWith(StoreKeys.Policies, StringComparison.Ordinal)))
        {
            // Before the first policy: it must not cut off containers that nobody has heard of yet.
            IReadOnlyList<StoreChange> endpoints = await ReadEndpointsAsync(cancellationToken);
            await PutInForceAsync(engine => Tell(engine, endpoints));
        }
        await PutInForceAsync(engine => Tell(engine, changes));
        Enforced(revision);
        Report();
    }

    private void Enforced(long revision)
    {
        if (revision > Interlocked.Read(ref _enforcedRevision))
        {
            Interlocked.Exchange(ref _enforcedRevision, revision);
            _enforced.Writer.TryWrite(true);
        }
    }

    /// <summary>Says up to which revision policies are in force here, once a second at most: nobody waits for it.</summary>
    private async Task PublishAsync(CancellationToken cancellationToken)
    {
        await foreach (bool _ in _enforced.Reader.ReadAllAsync(cancellationToken))
        {
            await Task.Delay(TimeSpan.FromSeconds(1), _time, cancellationToken);
            byte[] revision = Encoding.ASCII.GetBytes(Interlocked.Read(ref _enforcedRevision).ToString(CultureInfo.InvariantCulture));
            try
            {
                await _store.TxnAsync(new StoreTxn().Put(StoreKeys.EnforcedBy(_engine.Node), revision), cancellationToken);
            }
            catch (StoreException)
            {
                _enforced.Writer.TryWrite(true);        // again: the store has reported it
            }
        }
    }

    /// <summary>Other nodes' endpoints, from the first policy on. What is not known of them then does not leave the kernel.</summary>
    private async Task<IReadOnlyList<StoreChange>> ReadEndpointsAsync(CancellationToken cancellationToken)
    {
        _hasPolicies.TrySetResult();
        if (_endpoints is null || _endpoints.IsLoaded)
        {
            return [];
        }
        try
        {
            // There is no copy on disk of these, and nobody waits for a store that is known to be away.
            return _store.Trouble is { } trouble ? throw new StoreException(trouble.Reason) { NextStep = trouble.NextStep } : await _endpoints.LoadAsync(cancellationToken);
        }
        catch (StoreException e)
        {
            Away(e);
            _engine.IsWhole = false;
            return [];
        }
    }

    private async Task PutInForceAsync(Action<PolicyEngine> tell)
    {
        bool done;
        using (await _lock.EnterAsync())
        {
            done = _kernel.ChangePolicy(tell, existingFlows: true);
        }
        if (!done)
        {
            await LookAtEverything();
        }
    }

    private void Tell(PolicyEngine engine, IReadOnlyList<StoreChange> changes)
    {
        foreach (StoreChange change in changes)
        {
            object? before = _read.GetValueOrDefault(change.Key);
            if (change.Entry is null)
            {
                Forget(engine, change.Key, before);
                continue;
            }
            string? fault = null;
            try
            {
                object? now = Read(change.Entry);
                if (before is not null && !SameName(before, now))
                {
                    Forget(engine, change.Key, before);
                }
                if (now is not null)
                {
                    Set(engine, now);
                    _read[change.Key] = now;
                }
                fault = now is PolicyDefinition { Faults: { IsEmpty: false } faults } ? $"{string.Join("; ", faults)} (what is not understood counts as closed)" : null;
            }
            catch (Exception e) when (e is InvalidProtocolBufferException or FormatException or ArgumentException)
            {
                fault = $"cannot be read ({e.Message}); {(before is null ? "it is passed over" : "what it said before stays in force")}: apply it again";
            }
            Mark(change.Key, fault);
        }
        if (_endpoints is { IsLoaded: true })
        {
            engine.IsWhole = true;
        }
    }

    private void Forget(PolicyEngine engine, string key, object? before)
    {
        _read.Remove(key);
        Mark(key, null);
        switch (before)
        {
            case PolicyDefinition policy:
                engine.Remove(policy.Name);
                break;
            case NetworkSetDefinition set:
                engine.RemoveNetworkSet(set.Name);
                break;
            case Namespace item:
                engine.RemoveNamespace(item.Metadata.Name);
                break;
            case PolicyEndpoint endpoint:
                engine.Remove(endpoint.Name);
                break;
        }
    }

    private static void Set(PolicyEngine engine, object now)
    {
        switch (now)
        {
            case PolicyDefinition policy:
                engine.Set(policy);
                break;
            case NetworkSetDefinition set:
                engine.Set(set);
                break;
            case Namespace item:
                engine.SetNamespace(item.Metadata.Name, LabelSet.From(item.Metadata.Labels));
                break;
            case PolicyEndpoint endpoint:
                engine.Set(endpoint);
                break;
        }
    }

    private static bool SameName(object before, object? now) => (before, now) switch
    {
        (PolicyDefinition a, PolicyDefinition b) => a.Name == b.Name,
        (PolicyEndpoint a, PolicyEndpoint b) => a.Name == b.Name,
        (NetworkSetDefinition a, NetworkSetDefinition b) => a.Name == b.Name,
        (Namespace a, Namespace b) => a.Metadata.Name == b.Metadata.Name,
        _ => false,
    };

    /// <summary>What a key's value stands for; null: nothing that this node is to be told.</summary>
    private object? Read(StoreEntry entry)
    {
        ReadOnlySpan<byte> value = entry.Value.Span;
        if (entry.Key.StartsWith(StoreKeys.Endpoints, StringComparison.Ordinal))
        {
            // This node's own come from its attachments, before they are published.
            var endpoint = Endpoint.Parser.ParseFrom(value);
            return endpoint.Node == _engine.Node ? null : EndpointReader.Read(endpoint);
        }
        string key = entry.Key;
        if (key.StartsWith(StoreKeys.NetworkPolicies, StringComparison.Ordinal))
        {
            var policy = NetworkPolicy.Parser.ParseFrom(value);
            Require(policy.Metadata is { } meta && StoreKeys.NetworkPolicy(meta.Namespace, meta.Name) == key);
            return PolicyReader.Read(policy);
        }
        if (key.StartsWith(StoreKeys.ClusterNetworkPolicies, StringComparison.Ordinal))
        {
            var policy = ClusterNetworkPolicy.Parser.ParseFrom(value);
            Require(policy.Metadata is { } meta && StoreKeys.ClusterNetworkPolicy(meta.Name) == key);
            return PolicyReader.Read(policy);
        }
        if (key.StartsWith(StoreKeys.HostPolicies, StringComparison.Ordinal))
        {
            var policy = HostPolicy.Parser.ParseFrom(value);
            Require(policy.Metadata is { } meta && StoreKeys.HostPolicy(meta.Name) == key);
            return PolicyReader.Read(policy);
        }
        if (key.StartsWith(StoreKeys.NetworkSets, StringComparison.Ordinal))
        {
            var set = NetworkSet.Parser.ParseFrom(value);
            Require(set.Metadata is { } meta && StoreKeys.NetworkSet(meta.Name) == key);
            return PolicyReader.Read(set);
        }
        if (key.StartsWith(StoreKeys.Namespaces, StringComparison.Ordinal))
        {
            var item = Namespace.Parser.ParseFrom(value);
            Require(item.Metadata is { } meta && StoreKeys.Namespace(meta.Name) == key);
            return item;
        }
        return null;
    }

    private static void Require(bool isNamedSo)
    {
        if (!isNamedSo)
        {
            throw new FormatException("it holds no object of that name");
        }
    }

    private void TellNodes(PolicyEngine engine, NodeSnapshot nodes)
    {
        foreach (string gone in _knownNodes.ByName.Keys.Where(name => !nodes.ByName.ContainsKey(name)))
        {
            engine.RemoveNode(gone);
        }
        foreach (KnownNode node in nodes.All.Where(node => !node.Equals(_knownNodes.ByName.GetValueOrDefault(node.Name))))
        {
            engine.Set(new PolicyNode(node.Name, LabelSet.From(node.Labels), [.. node.UnderlayAddresses]));
        }
        _knownNodes = nodes;
    }

    private void Mark(string key, string? fault)
    {
        lock (_faultsLock)
        {
            if (fault is null)
            {
                _faults.Remove(key);
            }
            else if (_faults.GetValueOrDefault(key) != fault)
            {
                _faults[key] = fault;
                PolicyLog.Unusable(_logger, key, fault);
            }
        }
    }

    private void Report()
    {
        lock (_faultsLock)
        {
            int policies = _engine.World.Policies.Count;
            string? kept = _objects.Select(watch => watch.Kept).FirstOrDefault(text => text is not null);
            if (_faults.Count > 0)
            {
                (string key, string fault) = _faults.First();
                _health.Degraded(HealthBoard.Policies, $"{key} {fault}{(_faults.Count > 1 ? $", and {_faults.Count - 1} more" : "")}");
            }
            else if (kept is not null)
            {
                _health.Degraded(HealthBoard.Policies, $"{kept}; apply them again, or restart weftd to drop them");
            }
            else
            {
                _health.Ok(HealthBoard.Policies, policies == 0 ? "none" : $"{policies} in force");
            }
        }
    }

    private void Away(StoreException e)
    {
        PolicyLog.StoreAway(_logger, e.Message);
        _health.Degraded(HealthBoard.Policies, $"the store does not answer ({e.Message}): {_engine.World.Policies.Count} known policies stay in force; {e.NextStep}");
    }
}
