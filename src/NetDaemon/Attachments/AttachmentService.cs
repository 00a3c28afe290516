using System.Net;
using Google.Protobuf;
using Weft.Contracts.Cni;
using Weft.Dataplane;
using Weft.Dataplane.Namespaces;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Attachments;

/// <summary>
/// What ADD, DEL, CHECK and GC mean on this node. ADD: address (durable), rules, reply; the plugin wires; Commit. DEL: interface
/// first, address last. Every step can be repeated, and whatever was begun is undone from the ledger alone.
/// </summary>
internal sealed partial class AttachmentService(
    AttachmentLedger ledger,
    AddressAllocator allocator,
    NetworkCatalog catalog,
    NodeKernel kernel,
    AttachmentTable table,
    EndpointPublisher endpoints,
    ContainerLabels labels,
    LateLabels lateLabels,
    NodeIdentity node,
    NodeLock nodeLock,
    DetachNotes notes,
    NetworkProvision provision,
    ImportedAddresses imported,
    TimeProvider time,
    ILogger<AttachmentService> logger)
{
    /// <summary>How long a plugin may take to wire a container before its attachment is undone.</summary>
    private static readonly TimeSpan WiringTime = TimeSpan.FromMinutes(2);

    /// <summary>Whether calls that create something are served. Set once start-up is done, cleared when weftd stops.</summary>
    public bool Ready { get; set; }

    /// <summary>Whether an operator wants no new containers here. Set once, before anybody attaches.</summary>
    public Func<bool> IsCordoned { get; set; } = () => false;

    /// <summary>This node's labels, as pools select by them. Set once, before anybody attaches.</summary>
    public Func<IReadOnlyDictionary<string, string>> NodeLabels { get; set; } = () => System.Collections.ObjectModel.ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Reserves addresses and puts rules in place.</summary>
    /// <exception cref="RefusedException">Nothing was changed.</exception>
    public async Task<AttachReply> AttachAsync(AttachRequest request)
    {
        IReadOnlyList<IPAddress> wanted = AttachRequestReader.Check(request);
        IReadOnlyList<HostPort> ports = PortMappingReader.Read(request.Options, []);
        AttachmentKey key = request.Key.ToKey();
        RequireReady();
        IReadOnlyList<WantedRange> ranges = NetworkProvision.RangesOf(request);
        IReadOnlyDictionary<string, string>? found = request.ContainerdAddress.Length == 0
            ? null
            : await labels.FindAsync(request.ContainerdAddress, key.ContainerId, CancellationToken.None);
        request = NetworkWish.Apply(request, found);
        await provision.EnsureAsync(request, ranges);
        await ReplayNoteOfAsync(key);
        (ulong device, ulong inode) = Identify(request.Netns);
        // A DEL just before may have left its interface to be deleted: its names must be free in the container and on the node.
        await kernel.WhenGoneFrom(device, inode, Contracts.WeftPaths.HostInterface(key.Network, key.ContainerId, key.InterfaceName));
        using (await nodeLock.EnterAsync())
        {
            kernel.RequireUsable();
            RequireNotCordoned();
            NetworkView network = catalog.Current.Resolve(request.WeftNetwork, key.Network) ?? throw UnknownNetwork(request.WeftNetwork);
            if (table.TryGet(key, out AttachmentRecord? existing))
            {
                MakeWay(existing);
            }
            MakeWayForPorts(ports);
            int bridgeIndex = kernel.RequireBridge(network);
            EndpointDescription endpoint = EndpointDescription.Of(request, found);
            AddressWishes wishes = AddressWishes.Combine(
                network, catalog.Current.Reservations, key, endpoint, wanted, request.Mac.Memory, request.ExactAddresses ? [] : ranges, request.ExactAddresses,
                address => allocator.HolderOf(network.Name, address) is { } holder && holder.Key.ContainerId == key.ContainerId);
            IReadOnlyList<AllocatedAddress> addresses = await AllocateAsync(network, endpoint.Namespace, wishes.Addresses);
            RequireFamilies(ports, network, addresses);
            AttachmentRecord record = Draft(request, endpoint, network, addresses, wishes.Mac, device, inode);
            bool missing = found is null && request.ContainerdAddress.Length > 0;
            record = Reserve(missing ? record.WithoutLabels(request) : record, BlocksOf(network, addresses));
            if (missing)
            {
                lateLabels.Miss(record.Id, request);
            }
            return ToReply(record, network, bridgeIndex);
        }
    }

    /// <summary>Keeps an attachment: its container is wired.</summary>
    /// <exception cref="RefusedException">It is not known any more: the plugin must undo what it wired.</exception>
    public async Task CommitAsync(ulong id)
    {
        AttachmentRecord? record;
        using (await nodeLock.EnterAsync())
        {
            if (!table.TryGet(id, out record))
            {
                throw new RefusedException(
                    RefusalReason.UnknownAttachment, $"attachment {id} has been undone meanwhile", "the runtime may try again");
            }
            try
            {
                kernel.Limit(record);
            }
            catch (KernelException e)
            {
                throw new RefusedException(
                    RefusalReason.KernelRefused,
                    $"the bandwidth limits of {record.Key} could not be set: {e.Message}",
                    "the kernel needs tbf, and for egress ifb, htb, clsact, u32 and mirred; or leave the limits out",
                    e);
            }
            try
            {
                ledger.MarkCommitted(id);
            }
            catch (StoreException e)
            {
                throw StoreFailed(e);
            }
            record = record with { State = AttachmentState.Committed };
            table.Put(record);
            endpoints.Publish(record);
            AttachmentLog.Attached(logger, record.Key, record.WeftNetwork, string.Join(" ", record.Addresses.Select(a => a.Address)), record.HostInterface);
            lateLabels.Begin(id, endpoint => DescribeAsync(id, endpoint));
        }
        // From here on the attachment has its address, and whatever ends it frees it.
        await imported.SettleAsync(record.Key);
    }

    /// <summary>Is everything that makes up an attachment on the node's side still there?</summary>
    /// <exception cref="RefusedException">There is no such attachment.</exception>
    public async Task<CheckReply> CheckAsync(AttachmentKey key)
    {
        using (await nodeLock.EnterAsync())
        {
            if (!table.TryGet(key, out AttachmentRecord? record))
            {
                throw new RefusedException(
                    RefusalReason.UnknownAttachment, $"weftd has no attachment {key}", "delete the container and create it anew");
            }
            if (!catalog.Current.TryGet(record.WeftNetwork, out NetworkView? network))
            {
                throw UnknownNetwork(record.WeftNetwork);
            }
            var reply = new CheckReply { Expected = ToReply(record, network, kernel.RequireBridge(network)) };
            reply.Problems.AddRange(kernel.Inspect(record, network));
            if (record.State != AttachmentState.Committed)
            {
                reply.Problems.Add($"attachment {key} was never committed");
            }
            return reply;
        }
    }

    /// <summary>Gives an attachment the name and labels that became known after its ADD. Nothing happens when it is gone or has them already.</summary>
    private async Task DescribeAsync(ulong id, EndpointDescription endpoint)
    {
        using (await nodeLock.EnterAsync())
        {
            if (!table.TryGet(id, out AttachmentRecord? record) || record.IsDescribedAs(endpoint))
            {
                return;
            }
            AttachmentRecord described = record.DescribedAs(endpoint);
            try
            {
                ledger.Describe(described);
            }
            catch (StoreException e)
            {
                AttachmentLog.NotDescribed(logger, record.Key, e.Message);
                return;
            }
            endpoints.Withdraw(record);
            record = described;
            table.Put(record);
            kernel.Describe(record);
            endpoints.Publish(record);
            if (endpoint.Labels.TryGetValue(Contracts.WeftLabels.Network, out string? wanted) && wanted != record.WeftNetwork)
            {
                AttachmentLog.AnotherNetwork(logger, record.Key, wanted, record.WeftNetwork);
            }
            AttachmentLog.Described(logger, record.Key, endpoint.Namespace, endpoint.Name);
        }
    }

    private void RequireNotCordoned()
    {
        if (IsCordoned())
        {
            throw new RefusedException(
                RefusalReason.NotReady, $"node {node.Name} is cordoned: it gives out no addresses", $"start the container on another node, or `weft node uncordon {node.Name}`");
        }
    }

    private void RequireReady()
    {
        if (!Ready)
        {
            throw new RefusedException(RefusalReason.NotReady, "weftd is starting or stopping", "try again in a moment");
        }
    }

    /// <summary>Clears away an attachment whose container is gone for certain; refuses when it may be alive.</summary>
    private void MakeWay(AttachmentRecord existing)
    {
        if (!IsStale(existing))
        {
            throw new RefusedException(
                RefusalReason.AlreadyAttached,
                $"container {existing.Key.ContainerId} already has {existing.Key.InterfaceName} on {existing.Key.Network}"
                    + (existing.State == AttachmentState.Pending ? " (being attached by another call)" : ""),
                "DEL it first, or use another CNI_IFNAME");
        }
        try
        {
            Undo(existing, "its interface is gone and the runtime adds it anew");
        }
        catch (StoreException e)
        {
            throw StoreFailed(e);
        }
    }

    /// <summary>Whether an attachment's container is gone for certain.</summary>
    private bool IsStale(AttachmentRecord existing) => existing.State == AttachmentState.Committed
        && (existing.BootId != node.BootId || !kernel.HasLink(existing.HostInterface));

    private static List<Cidr> BlocksOf(NetworkView network, IReadOnlyList<AllocatedAddress> addresses) =>
        [.. addresses.Where(a => !a.IsMoved).Select(a => Cidr.Containing(a.Address, (int)network.Pools.First(p => p.Name == a.Pool).BlockSize))];

    /// <param name="network">The network.</param>
    /// <param name="endpointNamespace">Whose pools; null: anybody's.</param>
    /// <param name="wish">What is asked for.</param>
    private async Task<IReadOnlyList<AllocatedAddress>> AllocateAsync(NetworkView network, string? endpointNamespace, AddressWish wish)
    {
        IReadOnlyList<Contracts.V1.Pool> pools = PoolSelection.Of(network.Pools, node.Name, NodeLabels(), endpointNamespace);
        if (pools.Count == 0 && network.Pools.Count > 0)
        {
            throw new RefusedException(
                RefusalReason.PoolExhausted,
                $"no pool of network {network.Name} ({string.Join(", ", network.Pools.Select(p => p.Name))}) is for namespace {endpointNamespace ?? "-"} on node {node.Name}",
                "see nodeSelector and namespaces of `weft get pools -o yaml`, or add a Pool with `weft apply -f`");
        }
        AllocationOutcome outcome;
        try
        {
            outcome = await allocator.AllocateAsync(network.Name, pools, wish, CancellationToken.None);
        }
        catch (StoreException e)
        {
            throw StoreFailed(e);
        }
        return outcome switch
        {
            AllocationOutcome.Allocated { Addresses.Count: > 0 } done => done.Addresses,
            AllocationOutcome.Exhausted e => throw new RefusedException(
                RefusalReason.PoolExhausted, $"network {network.Name}: {e.Message}", e.NextStep),
            AllocationOutcome.WantedUnavailable e => throw new RefusedException(
                RefusalReason.AddressInUse, $"network {network.Name}: {e.Message}", "ask for another address, or for none"),
            _ => throw new RefusedException(
                RefusalReason.PoolExhausted, $"network {network.Name} has no pool", "add a Pool with `weft apply -f`"),
        };
    }

    /// <summary>Makes an attachment durable and its rules effective, or neither.</summary>
    private AttachmentRecord Reserve(AttachmentRecord draft, IReadOnlyList<Cidr> blocks)
    {
        IEnumerable<IPAddress> addresses = draft.Addresses.Select(a => a.Address);
        ulong id;
        try
        {
            id = ledger.InsertPending(draft);
        }
        catch (Exception e)
        {
            allocator.ReturnUnused(draft.WeftNetwork, addresses);
            throw e is StoreException store ? StoreFailed(store) : e;
        }
        AttachmentRecord record = draft with { Id = id };
        table.Put(record);
        try
        {
            kernel.Permit(record, blocks, catalog.Current.Reservations);
            return record;
        }
        catch (KernelException e)
        {
            Undo(record, "its rules could not be set");
            throw new RefusedException(
                RefusalReason.KernelRefused, $"the rules of {record.Key} could not be set: {e.Message}", "see `weft status` and weftd's log", e);
        }
    }

    private AttachmentRecord Draft(
        AttachRequest request,
        EndpointDescription endpoint,
        NetworkView network,
        IReadOnlyList<AllocatedAddress> addresses,
        Dataplane.Route.MacAddress? mac,
        ulong device,
        ulong inode)
    {
        AttachmentKey key = request.Key.ToKey();
        IPAddress first = addresses[0].Address;
        return new AttachmentRecord
        {
            Key = key,
            Netns = request.Netns,
            NetnsDevice = device,
            NetnsInode = inode,
            WeftNetwork = network.Name,
            EndpointNamespace = endpoint.Namespace,
            EndpointName = endpoint.Name,
            EndpointUid = endpoint.Uid,
            Labels = endpoint.Labels,
            HostInterface = Contracts.WeftPaths.HostInterface(key.Network, key.ContainerId, key.InterfaceName),
            HostMac = DerivedMacs.HostEnd(first).ToByteArray(),
            ContainerMac = (mac ?? DerivedMacs.Container(first)).ToByteArray(),
            // Above the network's it would lose packets.
            Mtu = request.Mtu > 0 ? (int)Math.Min(request.Mtu, (uint)network.Mtu) : network.Mtu,
            Addresses =
            [
                .. addresses.Select(a => a.Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork
                    ? new AttachmentAddress(a.Address, 32, network.Gateway4)
                    : new AttachmentAddress(a.Address, 128, NetworkView.Gateway6)),
            ],
            Options = request.Options ?? new AttachmentOptions(),
            BootId = node.BootId,
            Created = time.GetUtcNow(),
        };
    }

    private static AttachReply ToReply(AttachmentRecord record, NetworkView network, int bridgeIndex)
    {
        var reply = new AttachReply
        {
            AttachmentId = record.Id,
            HostInterface = record.HostInterface,
            HostMac = ByteString.CopyFrom(record.HostMac.Span),
            ContainerMac = ByteString.CopyFrom(record.ContainerMac.Span),
            Bridge = network.Bridge,
            BridgeIndex = (uint)bridgeIndex,
            BridgeMac = ByteString.CopyFrom(network.BridgeMac.ToByteArray()),
            Mtu = (uint)record.Mtu,
            WeftNetwork = network.Name,
        };
        reply.Ranges.AddRange(network.Ranges.Select(r => new Prefix { Ip = ByteString.CopyFrom(r.First.GetAddressBytes()), Length = (uint)r.PrefixLength }));
        reply.Addresses.AddRange(record.Addresses.Select(a => new Address
        {
            Ip = ByteString.CopyFrom(a.Address.GetAddressBytes()),
            PrefixLength = (uint)a.PrefixLength,
            Gateway = ByteString.CopyFrom(a.Gateway.GetAddressBytes()),
        }));
        return reply;
    }

    /// <summary>What the namespace's file is, so that a later namespace at the same path is told apart. (0, 0) when weftd cannot open it.</summary>
    /// <exception cref="RefusedException">It is the node's own namespace.</exception>
    private static (ulong Device, ulong Inode) Identify(string path)
    {
        try
        {
            using NetworkNamespace container = NetworkNamespace.FromPath(path);
            using NetworkNamespace own = NetworkNamespace.Current();
            return container.IsSameAs(own)
                ? throw new RefusedException(
                    RefusalReason.BadRequest, $"{path} is the node's own network namespace", "containers with host networking need no CNI call")
                : (container.Device, container.Inode);
        }
        catch (KernelException)
        {
            // The plugin has opened it and reports what is wrong; weftd may be in a mount namespace where the path means nothing.
            return (0, 0);
        }
    }

    private static RefusedException UnknownNetwork(string named) => new(
        RefusalReason.UnknownNetwork,
        named.Length > 0 ? $"there is no Weft network \"{named}\"" : $"there is no Weft network \"{NetworkSnapshot.DefaultName}\"",
        $"see `weft get networks`; create it with `weft apply -f`, or correct the configuration's \"network\" key or the container's label {Contracts.WeftLabels.Network}");

    private static RefusedException StoreFailed(StoreException e) => new(RefusalReason.StoreFailed, e.Message, e.NextStep, e);
}
