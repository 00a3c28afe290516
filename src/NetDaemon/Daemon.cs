using Weft.Contracts.V1;
using Weft.NetDaemon.Api;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Configuration;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Overlay;
using Weft.NetDaemon.Overlay.Probes;
using Weft.NetDaemon.Policies;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Etcd;
using Weft.NetDaemon.Store.Snapshot;

namespace Weft.NetDaemon;

/// <summary>
/// All parts of weftd, put together in the order in which they need each other: state, identity, networks, addresses, rules and
/// links, then whoever asks. Stopped in the opposite order; rules, links and state stay.
/// </summary>
internal sealed class Daemon : IAsyncDisposable
{
    private static readonly TimeSpan MaintenanceInterval = TimeSpan.FromSeconds(30);

    /// <summary>A look at a flag, not at the store.</summary>
    private static readonly TimeSpan StoreRetryInterval = TimeSpan.FromSeconds(1);

    /// <summary>How long it is remembered which address was released first: longest unused ones are used again first.</summary>
    private static readonly TimeSpan OrderOfReleaseKept = TimeSpan.FromDays(1);

    /// <summary>What an idle node allocates between two looks, and more: work beyond it was asked for.</summary>
    private const long BusyBytes = 8 << 20;

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _loops = [];
    private readonly List<Func<Task>> _followers = [];     // of the overlay: begun when all is in line
    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly TimeProvider _time;
    private readonly DaemonOptions _options;
    private Action _doubtBlocks = static () => { };
    private long _allocatedBefore;
    private bool _wasBusy = true;       // start-up is work too

    private Daemon(DaemonOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
    }

    public ResourceStore Resources { get; private set; } = null!;

    public INodeStatus Status { get; private set; } = null!;

    public IAddressAudit Audit { get; private set; } = null!;

    public PolicyDrops Drops { get; private set; } = null!;

    /// <summary>Ends when this node was forgotten, or another machine has its name, with what happened: weftd is to end then.</summary>
    public Task<string> Lost => Presence.Lost;

    private NodePresence Presence { get; set; } = null!;

    private AttachmentService Attachments { get; set; } = null!;

    private CniServer CniServer { get; set; } = null!;

    private AttachmentLedger Ledger { get; set; } = null!;

    private Reconciler Reconciler { get; set; } = null!;

    /// <summary>Null: the store is this node's alone, so there is no other to reach.</summary>
    private OverlayFollower? Overlay { get; set; }

    private ForgottenContainers Forgotten { get; set; } = null!;

    /// <summary>Brings everything up except the sockets: rules and links are as they should be when it returns.</summary>
    /// <exception cref="StoreException">The state directory cannot be used, or etcd is away and this node knows nothing of it yet.</exception>
    /// <exception cref="Dataplane.KernelException">The kernel refused what nothing works without.</exception>
    public static async Task<Daemon> StartAsync(
        DaemonOptions options, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        var daemon = new Daemon(options, time);
        try
        {
            await daemon.BringUpAsync(loggers, cancellationToken);
            return daemon;
        }
        catch
        {
            await daemon.DisposeAsync();
            throw;
        }
    }

    /// <summary>Lets plugins in.</summary>
    /// <exception cref="IOException">Another process listens on cni.sock.</exception>
    public void Serve()
    {
        CniServer.Start();
        Attachments.Ready = true;
    }

    /// <summary>Refuses new calls and lets those in progress finish.</summary>
    public async Task StopAsync()
    {
        Attachments.Ready = false;
        await CniServer.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (Task loop in _loops)
        {
            await loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        while (_parts.TryPop(out IAsyncDisposable? part))
        {
            await part.DisposeAsync();
        }
        _stop.Dispose();
    }

    private async Task BringUpAsync(ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var health = new HealthBoard(_time);

        // State and identity.
        IStore store = Own(await OpenStoreAsync(loggers, cancellationToken));
        Ledger = Own(AttachmentLedger.Open(_options.StateDirectory));
        var usage = new AddressUsage();
        Resources = new ResourceStore(store, usage);
        bool neverUsed = await store.GetAsync(StoreKeys.Cluster, cancellationToken) is null;
        if (neverUsed)
        {
            LostState.RequireNone(_options.StateDirectory);
        }
        await DefaultNetwork.EnsureAsync(Resources, store, _options.DefaultNetwork, cancellationToken);
        string machine = IsShared ? MachineId.ReadOrMake(_options.StateDirectory) : "";
        // In a cluster that is there, and whole.
        NodeIdentity identity = await new NodeClaim(store, _options.NodeName, machine, NodeIdentity.ReadBootId(), _time).ClaimAsync(cancellationToken);

        // Networks and addresses.
        Uplink uplink = Uplink.Find(_options.Underlay);
        uplink.Report(health);
        var table = new AttachmentTable();
        var catalog = new NetworkCatalog(store, _options.Mtu ?? uplink.ContainerMtu, loggers.CreateLogger<NetworkCatalog>())
        {
            InUse = () => table.All.SelectMany(a => a.Addresses.Select(d => (a.WeftNetwork, d.Address))),
        };
        long revision = await catalog.LoadAsync(cancellationToken);
        LedgerContents contents = Ledger.LoadAll();
        // Nobody else takes blocks of a store that is this node's alone.
        BlockFence? fence = IsShared ? new BlockFence(_options.StateDirectory, identity.Number, identity.BootId, _options.BlocksHeldFor, BootClock.Instance) : null;
        AddressAllocator allocator = await AddressAllocator.RestoreAsync(
            new BlockClaims(store, identity.Number, IsShared ? identity.Holder : null), Ledger, [.. catalog.Current.Pools], _time, _options.AddressCoolDown, _options.AddressKeptFor, fence, cancellationToken);

        // Rules and links: in force before anybody can ask for more.
        var nodeLock = new NodeLock();
        usage.Serve(allocator, catalog, nodeLock);
        var engine = new PolicyEngine(identity.Name, _options.Policy.Settings) { KeepsEstablished = _options.Policy.KeepEstablished };
        NodeKernel kernel = Own(NodeKernel.Open(_options.NftablesOwner, loggers.CreateLogger<NodeKernel>(), policy: engine));
        OthersForwarding forwarding = Own(new OthersForwarding(catalog, _options.Underlay));
        var endpoints = new EndpointPublisher(store, identity, _time, loggers.CreateLogger<EndpointPublisher>());
        var labels = new ContainerLabels(_time, loggers.CreateLogger<ContainerLabels>());
        NetworkProvision provision = Own(new NetworkProvision(Resources, catalog, loggers.CreateLogger<NetworkProvision>()));
        var imported = new ImportedAddresses(Resources, catalog, identity.Name, loggers.CreateLogger<ImportedAddresses>());
        await imported.ReleaseEarlierBootsAsync(identity.BootId);
        Attachments = new AttachmentService(
            Ledger, allocator, catalog, kernel, table, endpoints, labels, Own(new LateLabels(labels, _time)), identity, nodeLock,
            new DetachNotes(Path.Combine(_options.RunDirectory, Contracts.WeftPaths.DetachNotesName)), provision, imported, _time, loggers.CreateLogger<AttachmentService>())
        {
            Underlay = _options.Underlay,
            Forwarding = forwarding,
        };
        Attachments.Restore(contents.Attachments);
        Reconciler = Own(new Reconciler(kernel, catalog, allocator, table, nodeLock, health, loggers.CreateLogger<Reconciler>()));
        Attachments.Sweep = () => Reconciler.LookAsync(ReconcileCause.Collection);
        Forgotten = new ForgottenContainers(Attachments, table, identity, _time, loggers.CreateLogger<ForgottenContainers>());
        var own = new OwnNode(uplink.Describe(Describe(identity)));
        var nodes = new NodeDirectory(store, health, _time, loggers.CreateLogger<NodeDirectory>());
        long nodesRevision = await nodes.LoadAsync(cancellationToken);
        var policies = new PolicyFollower(store, IsShared, nodes, engine, kernel, nodeLock, health, _time, loggers.CreateLogger<PolicyFollower>())
        {
            LookAtEverything = () => Reconciler.RunAsync(ReconcileCause.Configuration),
        };
        await policies.LoadAsync(cancellationToken);
        kernel.Overlays = [];       // what an earlier weftd with other nodes left is removed
        if (IsShared)
        {
            ShareBlocks(store, identity, allocator, table, catalog, nodes, endpoints, nodeLock, loggers);
            await ConnectAsync(store, nodes, uplink.AsOwn(own.Record), catalog, kernel, nodeLock, health, loggers, cancellationToken);
            ProbePaths(store, identity, catalog, kernel, health, loggers);
        }
        provision.OnChange = ReconfigureAsync;
        health.StartOperations = (ulong)await Reconciler.RunAsync(ReconcileCause.Start);
        forwarding.Report(health);
        await Attachments.UndoLeftoversAsync();
        await Attachments.ReplayNotesAsync();
        bool told = await TellOthersAsync(store, endpoints, table, nodeLock, own, cancellationToken);

        // Who asks.
        Attachments.IsCordoned = () => nodes.Current.ByName.TryGetValue(identity.Name, out KnownNode? known) && known.IsCordoned;
        Attachments.NodeLabels = () => nodes.Current.ByName.TryGetValue(identity.Name, out KnownNode? known) ? known.Labels : own.Record.Labels.AsReadOnly();
        Presence = new NodePresence(store, own, _time, loggers.CreateLogger<NodePresence>(), identity.Lease);
        Status = new NodeStatus(own, store, health, table, Ledger, allocator, catalog, Forgotten, forwarding, _time);
        Audit = new AddressAudit(store, identity, allocator, table, () => [.. catalog.Current.Pools], nodeLock)
        {
            Kernel = () => new KernelAddresses(kernel.HostLinks(), kernel.ContainerRoutes()),
            Collect = Attachments.CollectForgottenAsync,
        };
        Drops = Own(new PolicyDrops(engine, _time, loggers.CreateLogger<PolicyDrops>()));
        CniServer = new CniServer(_options.CniSocket, Attachments, loggers.CreateLogger<CniServer>());

        _loops.Add(catalog.FollowAsync(revision + 1, ReconfigureAsync, _stop.Token));
        _loops.Add(told ? endpoints.RunAsync(_stop.Token) : TellOthersLaterAsync(store, endpoints, table, nodeLock, own));
        _loops.Add(nodes.RunAsync(nodesRevision + 1, _stop.Token));
        _loops.Add(policies.RunAsync(_stop.Token));
        _loops.Add(Presence.RunAsync(_stop.Token));
        _loops.AddRange(_followers.Select(start => start()));
        var underlay = new UnderlayFollower(_options.Underlay, uplink, own, health, _time, loggers.CreateLogger<UnderlayFollower>())
        {
            Changed = (now, record) => FollowUnderlayAsync(now, record, catalog),
        };
        _loops.Add(MaintainAsync(health, forwarding, underlay));
        _loops.Add(underlay.RunAsync(_stop.Token));
        Reconciler.Watch(Forgotten.Notice, underlay.Notice);
        underlay.Nudge();       // what changed since it was looked at, before anybody listened
    }

    /// <summary>Learns whose blocks are where, and plans the overlays for the first look at the kernel.</summary>
    private async Task ConnectAsync(
        IStore store, NodeDirectory nodes, KnownNode own, NetworkCatalog catalog, NodeKernel kernel, NodeLock nodeLock, HealthBoard health, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var blocks = new BlockDirectory(store, health, _time, loggers.CreateLogger<BlockDirectory>())
        {
            Deleted = owners =>
            {
                if (owners.Contains(own.Number))
                {
                    _doubtBlocks();     // somebody deleted this node's key: it is put back before another takes the block
                }
            },
        };
        long revision = await blocks.LoadAsync(cancellationToken);
        var moved = new BlockDirectory(store, health, _time, loggers.CreateLogger<BlockDirectory>(), OwnershipKeys.Moved);
        long movedRevision = await moved.LoadAsync(cancellationToken);
        Overlay = Own(new OverlayFollower(nodes, blocks, catalog, kernel, nodeLock, Reconciler, loggers.CreateLogger<OverlayFollower>()) { Own = own, Moved = moved });
        Overlay.Begin();
        _followers.Add(() => blocks.RunAsync(revision + 1, _stop.Token));
        _followers.Add(() => moved.RunAsync(movedRevision + 1, _stop.Token));
        _followers.Add(() => Overlay.RunAsync(_stop.Token));
    }

    /// <summary>Has it found out whether what containers send reaches other nodes.</summary>
    private void ProbePaths(IStore store, NodeIdentity identity, NetworkCatalog catalog, NodeKernel kernel, HealthBoard health, ILoggerFactory loggers)
    {
        ChecksumRemedy checksums = Own(new ChecksumRemedy(
            _options.StateDirectory, identity.BootId, kernel, () => Reconciler.RunAsync(ReconcileCause.Configuration), health, loggers.CreateLogger<ChecksumRemedy>()));
        checksums.Restore();
        var prober = new PathProber(
            kernel,
            () => catalog.Current.All.Select(n => n.Mtu).DefaultIfEmpty(int.MaxValue).Max(),
            checksums,
            (node, cancellationToken) => NodePresence.IsAliveAsync(store, node, cancellationToken),
            health,
            _time,
            loggers.CreateLogger<PathProber>());
        Resources.Paths = prober;
        _followers.Add(() => prober.RunAsync(_stop.Token));
    }

    /// <summary>Has this node's blocks confirmed, and those of nodes that are away for too long taken from them.</summary>
    private void ShareBlocks(
        IStore store, NodeIdentity identity, AddressAllocator allocator, AttachmentTable table, NetworkCatalog catalog, NodeDirectory nodes,
        EndpointPublisher endpoints, NodeLock nodeLock, ILoggerFactory loggers)
    {
        var copies = new AllocationCopies(store, identity.Name, () => table.All, allocator, () => [.. catalog.Current.Pools]);
        var keeper = new BlockKeeper(allocator, copies, _options.BlocksHeldFor, _time, loggers.CreateLogger<BlockKeeper>())
        {
            BlocksChanged = ReconfigureAsync,
            PutBack = () => endpoints.SynchronizeAsync(() => table.All, nodeLock, _stop.Token),
            IsCordoned = () => nodes.Current.ByName.TryGetValue(identity.Name, out KnownNode? known) && known.IsCordoned,
            IsDraining = () => nodes.Current.ByName.TryGetValue(identity.Name, out KnownNode? known) && known.IsDraining,
        };
        allocator.AddressesChanged = keeper.Nudge;
        _doubtBlocks = keeper.Doubt;
        var reclaimer = new BlockReclaimer(
            store, identity.Number, BlockReclaimer.DefaultInterval, BlockReclaimer.DefaultQuarantine, BootClock.Instance, _time, loggers.CreateLogger<BlockReclaimer>());
        _followers.Add(() => keeper.RunAsync(_stop.Token));
        _followers.Add(() => reclaimer.RunAsync(_stop.Token));
        if (store is SnapshotStore copy)
        {
            _followers.Add(() => FollowRecordAsync(copy, keeper));
        }
    }

    /// <summary>The cluster record changes when the store has lost its data, and when nodes are through with putting them back: this node's part is due then.</summary>
    private async Task FollowRecordAsync(SnapshotStore store, BlockKeeper keeper)
    {
        await foreach (MirrorStep _ in store.FollowAsync(StoreKeys.Cluster, _stop.Token))
        {
            keeper.Doubt();
        }
    }

    /// <summary>This node's record, but for its underlay.</summary>
    private Node Describe(NodeIdentity identity)
    {
        long now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var node = new Node
        {
            Name = identity.Name,
            Number = identity.Number,
            Version = DaemonCommandLine.Version,
            BootId = identity.BootId,
            StartedUnixMs = now,
            MachineId = identity.Machine,
            JoinedUnixMs = now,
            OverlayPort = _options.OverlayPort,
        };
        node.Labels.Add(_options.Labels.ToDictionary());
        return node;
    }

    /// <summary>The way to other nodes is another: they are told, and this node's own ends of tunnels follow.</summary>
    private async Task FollowUnderlayAsync(Uplink now, Node record, NetworkCatalog catalog)
    {
        Presence.Nudge();
        if (_options.Mtu is null && catalog.DefaultMtu != now.ContainerMtu)
        {
            catalog.DefaultMtu = now.ContainerMtu;
            try
            {
                await catalog.LoadAsync(_stop.Token);
            }
            catch (StoreException)
            {
                // Away: what it has not read again keeps its MTU until it does.
            }
        }
        if (Overlay is not null)
        {
            Overlay.Own = now.AsOwn(record);
        }
        await ReconfigureAsync();
    }

    private bool IsShared => _options.Store == "etcd";

    /// <summary>Networks have changed.</summary>
    private Task ReconfigureAsync() => Overlay?.ReconfigureAsync() ?? Reconciler.RunAsync(ReconcileCause.Configuration);

    private async Task<IStore> OpenStoreAsync(ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        if (_options.Store != "etcd")
        {
            return EmbeddedStore.Open(_options.StateDirectory, _time);
        }
        ILogger logger = loggers.CreateLogger<EtcdStore>();
        return await SnapshotStore.OpenAsync(
            new EtcdStore(EtcdRules.ToOptions(_options.Etcd), _time, logger), _options.StateDirectory, _time, logger, cancellationToken);
    }

    /// <summary>Publishes this node and its endpoints.</summary>
    /// <returns>False when the store is away: this node works without, on what it knew.</returns>
    private static async Task<bool> TellOthersAsync(
        IStore store, EndpointPublisher endpoints, AttachmentTable table, NodeLock nodeLock, OwnNode own, CancellationToken cancellationToken)
    {
        try
        {
            await endpoints.SynchronizeAsync(() => table.All, nodeLock, cancellationToken);
            await NodeIdentity.PublishAsync(store, own.Record, cancellationToken);
            return true;
        }
        catch (StoreException) when (store.IsAway)
        {
            return false;       // the store has reported it
        }
    }

    private async Task TellOthersLaterAsync(IStore store, EndpointPublisher endpoints, AttachmentTable table, NodeLock nodeLock, OwnNode own)
    {
        using var timer = new PeriodicTimer(StoreRetryInterval, _time);
        while (store.IsAway || !await TellOthersAsync(store, endpoints, table, nodeLock, own, _stop.Token))
        {
            await timer.WaitForNextTickAsync(_stop.Token);
        }
        await endpoints.RunAsync(_stop.Token);
    }

    /// <summary>What nobody asks for: overdue attachments, notes, containers that a runtime forgot, expired cool-downs, and a look at everything.</summary>
    private async Task MaintainAsync(HealthBoard health, OthersForwarding forwarding, UnderlayFollower underlay)
    {
        using var timer = new PeriodicTimer(MaintenanceInterval, _time);
        while (await timer.WaitForNextTickAsync(_stop.Token))
        {
            await Attachments.UndoOverdueAsync();
            await Attachments.ReplayNotesAsync();
            await Forgotten.TryLookAsync();
            long before = GC.GetTotalAllocatedBytes();
            await Reconciler.RunAsync(ReconcileCause.Periodic);
            _allocatedBefore += GC.GetTotalAllocatedBytes() - before;      // with thousands of nodes a look takes more than any other work
            underlay.Nudge();
            forwarding.Report(health);
            GiveBackMemory();
            Ledger.PruneReleased(_time.GetUtcNow() - OrderOfReleaseKept);
        }
    }

    /// <summary>After a burst of work the heap keeps room for another; an idle node's memory belongs to its containers.</summary>
    private void GiveBackMemory()
    {
        long allocated = GC.GetTotalAllocatedBytes();
        bool busy = allocated - _allocatedBefore > BusyBytes;
        if (!busy && _wasBusy)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
        _wasBusy = busy;
        _allocatedBefore = GC.GetTotalAllocatedBytes();
    }

    private T Own<T>(T part)
    {
        _parts.Push(part as IAsyncDisposable ?? new Disposer((IDisposable)(object)part!));
        return part;
    }

    private sealed class Disposer(IDisposable inner) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            inner.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
