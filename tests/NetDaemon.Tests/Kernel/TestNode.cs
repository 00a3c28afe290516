using Microsoft.Extensions.Time.Testing;
using Weft.Contracts.Cni;
using Weft.Contracts.V1;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Api;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Configuration;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Manifests;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Overlay;
using Weft.NetDaemon.Policies;
using Weft.NetDaemon.Store;
using Weft.Policy.Model;
using Weft.TestSupport;
using AttachmentKey = Weft.NetDaemon.Attachments.AttachmentKey;

namespace Weft.NetDaemon.Tests.Kernel;

/// <summary>
/// A node of a test's own: a network namespace, a state directory, and weftd's parts put together as Daemon does it, but without
/// sockets and loops. The default network has 10.83.0.0/16 and fd00:57::/56.
/// </summary>
internal sealed class TestNode : IAsyncDisposable
{
    public const string CniNetwork = "weft";

    private readonly TempDirectory _directory;
    private readonly string? _bootId;
    private bool _replaced;
    private bool _keepsNamespace;

    private TestNode(TimeProvider time, TempDirectory directory, TestNamespace @namespace, string? bootId)
    {
        Time = time;
        _directory = directory;
        _bootId = bootId;
        Namespace = @namespace;
        Store = EmbeddedStore.Open(_directory, time);
        Ledger = AttachmentLedger.Open(_directory);
        Health = new HealthBoard(time);
    }

    public TestNamespace Namespace { get; }

    public TimeProvider Time { get; }

    /// <summary>The clock of a node that was started with one of the test's.</summary>
    public FakeTimeProvider Clock => (FakeTimeProvider)Time;

    public EmbeddedStore Store { get; }

    public AttachmentLedger Ledger { get; }

    public AttachmentTable Table { get; } = new();

    public NodeLock NodeLock { get; } = new();

    public HealthBoard Health { get; }

    public NetworkCatalog Catalog { get; private set; } = null!;

    public AddressAllocator Allocator { get; private set; } = null!;

    public NodeKernel Kernel { get; private set; } = null!;

    public EndpointPublisher Endpoints { get; private set; } = null!;

    public AttachmentService Service { get; private set; } = null!;

    public Reconciler Reconciler { get; private set; } = null!;

    public LateLabels LateLabels { get; private set; } = null!;

    /// <summary>Finds what runtimes forgot; looks only when a test says so.</summary>
    public ForgottenContainers Forgotten { get; private set; } = null!;

    public RecordingLogger<ForgottenContainers> ForgottenLog { get; } = new();

    public RecordingLogger<Reconciler> Log { get; } = new();

    public RecordingLogger<AttachmentService> AttachmentLog { get; } = new();

    /// <summary>What the overlays are from the first look on; kept over a restart.</summary>
    public IReadOnlyList<OverlayPlan>? Overlays { get; set; }

    public string RunDirectory => _directory.Path;

    public string BootId => _bootId ?? NodeIdentity.ReadBootId();

    /// <summary>Starts a node and looks at its kernel once.</summary>
    public static async Task<TestNode> StartAsync(NftablesOwner owner = NftablesOwner.Auto, TimeProvider? time = null)
    {
        KernelRequirement.Root();
        return await StartAsync(new TestNode(time ?? TimeProvider.System, new TempDirectory(), new TestNamespace(), bootId: null), owner);
    }

    /// <summary>Stops this node and starts another weftd on its state. The test disposes of both.</summary>
    /// <param name="reboot">Whether the machine was started anew: nothing is left in its kernel, and its boot id is another.</param>
    public async Task<TestNode> RestartAsync(bool reboot = false)
    {
        await DisposePartsAsync();
        _replaced = true;
        _keepsNamespace = !reboot;
        TestNamespace kernel = reboot ? new TestNamespace() : Namespace;
        return await StartAsync(new TestNode(Time, _directory, kernel, reboot ? Guid.NewGuid().ToString() : _bootId) { Overlays = Overlays }, NftablesOwner.Auto);
    }

    private static async Task<TestNode> StartAsync(TestNode node, NftablesOwner owner)
    {
        try
        {
            await node.BringUpAsync(owner);
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>Applies manifests, and reads the networks again.</summary>
    public async Task ApplyAsync(string manifests)
    {
        await Resources.ApplyAsync(ManifestParser.Parse([new Manifest { Source = "test", Text = manifests }]), dryRun: false, CancellationToken.None);
        await Catalog.LoadAsync(CancellationToken.None);
    }

    /// <summary>Deletes an object, and reads the networks again.</summary>
    public async Task DeleteAsync(string kind, string name)
    {
        await Resources.DeleteAsync([new DeclaredIdentity(kind, name, ManifestOrigin.BuiltIn("-"))], CancellationToken.None);
        await Catalog.LoadAsync(CancellationToken.None);
    }

    public IReadOnlyList<Cidr> Blocks => [.. Allocator.Usage([.. Catalog.Current.Pools]).SelectMany(u => u.Blocks).Select(b => b.Cidr)];

    /// <summary>Looks at the kernel and repairs it.</summary>
    public ReconcileReport Reconcile() => Kernel.Reconcile(Catalog.Current, Blocks, Table.All);

    public AttachRequest Request(string container, NetworkNamespace? netns = null, string interfaceName = "eth0", string? path = null) => new()
    {
        Key = new Contracts.Cni.AttachmentKey { Network = CniNetwork, ContainerId = container, InterfaceName = interfaceName },
        Netns = path ?? (netns ?? Namespace.Namespace).Path,
    };

    public static AttachmentKey KeyOf(string container) => new(CniNetwork, container, "eth0");

    /// <summary>A whole ADD: attaches, wires the node's side as the plugin does, commits.</summary>
    public async Task<AttachmentRecord> AddAsync(string container, NetworkNamespace netns, AttachmentOptions? options = null)
    {
        AttachRequest request = Request(container, netns);
        request.Options = options;
        AttachReply reply = await Service.AttachAsync(request);
        Wire(reply, netns);
        await Service.CommitAsync(reply.AttachmentId);
        Assert.True(Table.TryGet(reply.AttachmentId, out AttachmentRecord? record));
        return record;
    }

    /// <summary>The node's side of an attachment, with the container's end in its namespace.</summary>
    public void Wire(AttachReply reply, NetworkNamespace netns)
    {
        using RouteSocket routes = Namespace.OpenRoute();
        var created = new List<LinkInfo>();
        routes.Execute(
            new RouteBatch()
                .CreateVeth(new VethSpec
                {
                    Name = reply.HostInterface,
                    Mac = new MacAddress(reply.HostMac.Span),
                    Mtu = (int)reply.Mtu,
                    MasterIndex = (int)reply.BridgeIndex,
                    PeerName = "eth0",
                    PeerMac = new MacAddress(reply.ContainerMac.Span),
                    PeerMtu = (int)reply.Mtu,
                    PeerNamespace = netns,
                })
                .SetLink(reply.HostInterface, new LinkChange { AddressGeneration = AddressGenerationMode.None })
                .SetBridgePort(reply.HostInterface, new BridgePortFlags { Isolated = true, Learning = false }, up: true)
                .GetLink(reply.HostInterface),
            created);
        var batch = new RouteBatch().ReplaceFdb(new FdbSpec { LinkIndex = created[0].Index, Mac = new MacAddress(reply.ContainerMac.Span) });
        foreach (System.Net.IPAddress address in reply.Addresses.Select(a => new System.Net.IPAddress(a.Ip.Span)))
        {
            batch.ReplaceNeighbour(new NeighbourSpec { LinkIndex = (int)reply.BridgeIndex, Address = address, Mac = new MacAddress(reply.ContainerMac.Span) });
            batch.ReplaceRoute(LinkReconciler.ContainerRoute(address, (int)reply.BridgeIndex));
        }
        routes.Execute(batch);
        using RouteSocket inside = RouteSocket.Open(netns);
        inside.Execute(new RouteBatch().SetLink("eth0", new LinkChange { Up = true }));
    }

    /// <summary>Turns br_netfilter on or off, as an administrator would: weftd is not told. New namespaces have it on.</summary>
    public void SwitchBridgeNetfilter(bool on)
    {
        bool known = Namespace.Exec("test", "-e", "/proc/sys/net/bridge/bridge-nf-call-iptables").ExitCode == 0;
        if (known)
        {
            Namespace.Sh($"sysctl -qw net.bridge.bridge-nf-call-iptables={(on ? 1 : 0)} net.bridge.bridge-nf-call-ip6tables={(on ? 1 : 0)}");
        }
        KernelRequirement.Need(known || !on, "needs br_netfilter");
    }

    /// <summary>Gives the node a way out, which STATUS asks for: up0 with an address and the default route.</summary>
    public void GiveUplink()
    {
        Namespace.Sh("ip link add up0 type veth peer name up1");
        Namespace.Sh("ip link set up1 up");
        Namespace.Sh("ip link set up0 up");
        Namespace.Sh("ip addr add 192.0.2.2/24 dev up0");
        Namespace.Sh("ip route add default via 192.0.2.1");
    }

    /// <summary>All links but the loopback and hairpin links (br_netfilter is on in new namespaces where the kernel has it), by name.</summary>
    public IReadOnlyList<string> Links()
    {
        using RouteSocket routes = Namespace.OpenRoute();
        return [.. routes.Links().Where(l => !HairpinPath.IsOurs(l)).Select(l => l.Name).Where(n => n != "lo").Order(StringComparer.Ordinal)];
    }

    public LinkInfo? Link(string name)
    {
        using RouteSocket routes = Namespace.OpenRoute();
        return routes.LinkByName(name);
    }

    /// <summary>Closes weftd's sockets, as its death would; the kernel keeps what it has.</summary>
    public async Task StopKernelAsync()
    {
        if (Kernel is not null)
        {
            await Kernel.DisposeAsync();
        }
        Kernel = null!;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_replaced)
        {
            await DisposePartsAsync();
            _directory.Dispose();
        }
        if (!_keepsNamespace)
        {
            Namespace.Dispose();
        }
    }

    private async Task DisposePartsAsync()
    {
        if (LateLabels is not null)
        {
            await LateLabels.DisposeAsync();
        }
        if (Reconciler is not null)
        {
            await Reconciler.DisposeAsync();
        }
        await StopKernelAsync();
        Provision?.Dispose();
        Allocator?.Dispose();
        Ledger.Dispose();
        await Store.DisposeAsync();
        NodeLock.Dispose();
    }

    public ResourceStore Resources { get; private set; } = null!;

    /// <summary>What the first look had to do.</summary>
    public int StartOperations { get; private set; }

    public NetworkProvision Provision { get; private set; } = null!;

    private async Task BringUpAsync(NftablesOwner owner)
    {
        NodeIdentity identity = await NodeIdentity.ClaimAsync(Store, "node-a", CancellationToken.None);
        identity = _bootId is null ? identity : identity with { BootId = _bootId };
        IReadOnlyList<AttachmentRecord> known = Ledger.LoadAll().Attachments;
        var usage = new AddressUsage();
        Resources = new ResourceStore(Store, usage);
        var ranges = new DefaultNetworkOptions(true, Cidr.Parse("10.83.0.0/16"), Cidr.Parse("fd00:57::/56"), RandomIPv6: false);
        await DefaultNetwork.EnsureAsync(Resources, Store, ranges, CancellationToken.None);
        Catalog = new NetworkCatalog(Store, 1450, new RecordingLogger<NetworkCatalog>());
        await Catalog.LoadAsync(CancellationToken.None);
        Allocator = await AddressAllocator.RestoreAsync(
            new BlockClaims(Store, identity.Number), Ledger, [.. Catalog.Current.Pools], Time, TimeSpan.Zero, AddressAllocator.DefaultKeepFor, null, CancellationToken.None);
        usage.Serve(Allocator, Catalog, NodeLock);
        Kernel = NodeKernel.Open(owner, new RecordingLogger<NodeKernel>(), Namespace.Namespace, new PolicyEngine("node-a", PolicySettings.Default));
        Kernel.Overlays = Overlays;
        Endpoints = new EndpointPublisher(Store, identity, Time, new RecordingLogger<EndpointPublisher>());
        var labels = new ContainerLabels(Time, new RecordingLogger<ContainerLabels>());
        LateLabels = new LateLabels(labels, Time);
        Provision = new NetworkProvision(Resources, Catalog, new RecordingLogger<NetworkProvision>());
        var imported = new ImportedAddresses(Resources, Catalog, identity.Name, new RecordingLogger<ImportedAddresses>());
        await imported.ReleaseEarlierBootsAsync(identity.BootId);
        Service = new AttachmentService(
            Ledger, Allocator, Catalog, Kernel, Table, Endpoints, labels, LateLabels, identity, NodeLock,
            new DetachNotes(Path.Combine(RunDirectory, Contracts.WeftPaths.DetachNotesName)), Provision, imported, Time, AttachmentLog) { Ready = true };
        Reconciler = new Reconciler(Kernel, Catalog, Allocator, Table, NodeLock, Health, Log);
        Provision.OnChange = () => Reconciler.RunAsync(ReconcileCause.Configuration);
        Service.Sweep = () => Reconciler.LookAsync(ReconcileCause.Collection);
        Forgotten = new ForgottenContainers(Service, Table, identity, Time, ForgottenLog);
        Service.Restore(known);
        StartOperations = await Reconciler.RunAsync(ReconcileCause.Start);
        await Service.UndoLeftoversAsync();
        await Service.ReplayNotesAsync();
    }
}
