using System.Net;
using System.Text;
using CsCheck;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Weft.Contracts.V1;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Overlay;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Recovery;

namespace Weft.NetDaemon.Tests.Store.Recovery;

/// <summary>Property: whatever stands below /weft/v1/ beside what is right, no reader throws, and nothing that is right is lost.</summary>
public sealed class MalformedStoreTests
{
    private static readonly string[] Prefixes =
    [
        StoreKeys.Nodes, StoreKeys.NodeNumbers, StoreKeys.Alive, StoreKeys.Networks, StoreKeys.NetworkNumbers, StoreKeys.Pools, StoreKeys.Blocks, StoreKeys.Holds, StoreKeys.Away,
        StoreKeys.Allocations, StoreKeys.Moved, StoreKeys.Endpoints, StoreKeys.Reservations, StoreKeys.Imports, StoreKeys.Root,
    ];

    private static readonly string[] Names =
        ["", "x", "a", "b", "net", "four", "four/10.88.0.0_28", "000002", "000001", "1", "-1", "+2", " 3", "٣", "99999999999", "000009", "four/10.88.0.16_28", "four/10.88.0.16", "four/::_0", "net/10.88.0.9", "net/", "a/b/c", "four/10.88.0.32_28/x", "é/\u2028"];

    // Right messages of another kind, or with wrong fields, reach further than bytes that are none.
    private static readonly IMessage[] Messages =
    [
        new Node { Name = "a", Number = 1, UnderlayAddresses = { "192.0.2.1" } }, new Node { Name = "x", Number = 1, UnderlayAddresses = { "nonsense" } },
        new Node { Name = "x", Number = uint.MaxValue, UnderlayAddresses = { "::ffff:1.2.3.4", "0.0.0.0" }, Segments = { "::/0" }, Mtu = uint.MaxValue },
        new Network { Name = "net", Number = 1, Vni = 1, Gateway4 = "169.254.1.1" }, new Network { Name = "x", Number = 1, Vni = 1, Gateway4 = "169.254.1.1" },
        new Network { Name = "x", Number = uint.MaxValue, Vni = uint.MaxValue, Gateway4 = "1.2.3.4", Mtu = uint.MaxValue }, new Network { Name = "x", Number = 3, Vni = 3, Gateway4 = "fe80::1" },
        new Pool { Name = "four", Network = "net", Cidr = "10.88.0.0/26", BlockSize = 28 }, new Pool { Name = "x", Network = "net", Cidr = "10.99.0.0/40" },
        new Pool { Name = "x", Network = "net", Cidr = "10.99.0.0/16", BlockSize = 99 }, new Pool { Name = "x", Network = "net", Cidr = "10.99.0.0/16", BlockSize = 26, Withheld = { "no" } },
        new Block { Pool = "four", Cidr = "10.88.0.16/28", Owner = uint.MaxValue, Epoch = ulong.MaxValue, State = (BlockState)99 }, new Block { Pool = "four", Cidr = "::/0", Owner = 2 },
        new MovedAddress { Network = "net", Address = "10.88.0.9", Owner = 2, Epoch = ulong.MaxValue }, new MovedAddress { Network = "net", Address = "10.88.0.300" },
        new Reservation { Name = "x", Network = "net", Addresses = { "no" } }, new Reservation { Name = "x", Network = "net", Addresses = { "10.88.0.5" }, Mac = "zz" },
        new AddressImport { Name = "c", Node = "b", Network = "net", Addresses = { new HeldAddress { Address = "10.88.0.x" } } }, new AddressImport { Name = "b/c", Node = "a" },
        new BlockHold { Node = 9, HoldMs = long.MinValue, Stage = (HoldStage)77 }, new NodeAbsence { Node = 1, ObservedMs = long.MaxValue },
        new BlockAllocations { Pool = "four", Cidr = "10.88.0.0/28", Addresses = { new Contracts.V1.AllocatedAddress { Address = "?" } } }, new Weft.Contracts.V1.Endpoint { Namespace = "a", Node = "a" },
        new Cluster { Uuid = "", Gathering = true },
    ];

    private static readonly Gen<(string Key, byte[] Value)> Junk = Gen.Select(
        Gen.OneOf(Gen.Select(OneOf(Prefixes), OneOf(Names), (p, n) => p + n), Gen.Select(OneOf(Prefixes), Gen.String[Gen.Char[' ', '~'], 1, 12], (p, n) => p + n)),
        Gen.OneOf(Gen.Byte.Array[0, 24], OneOf(Messages).Select(m => m.ToByteArray())));

    [Fact]
    public void No_key_or_value_stops_a_reader_or_takes_away_what_is_right() =>
        Junk.Array[1, 12].Sample(junk => RunAsync(junk).GetAwaiter().GetResult(), iter: 150, threads: 1);

    [Fact]
    public async Task A_number_that_is_none_stops_no_node_from_starting()
    {
        using var directory = new TempDirectory();
        await using EmbeddedStore store = EmbeddedStore.Open(directory, new FakeTimeProvider());
        await store.TxnAsync(new StoreTxn().Put(StoreKeys.NodeNumbers + "one", "a"u8.ToArray()).Put(StoreKeys.NodeNumbers + "1", "b"u8.ToArray()).Put(StoreKeys.NodeNumber(2), "c"u8.ToArray()), default);

        Assert.Equal(2u, (await NodeIdentity.ClaimAsync(store, "c", default)).Number);
        Assert.Equal(3u, (await NodeIdentity.ClaimAsync(store, "a", default)).Number);
        Assert.Equal(4u, (await NodeIdentity.ClaimAsync(store, "b", default)).Number);
    }

    private static Gen<T> OneOf<T>(T[] all) => Gen.Int[0, all.Length - 1].Select(i => all[i]);

    private static async Task RunAsync((string Key, byte[] Value)[] junk)
    {
        using var directory = new TempDirectory();
        await using EmbeddedStore store = EmbeddedStore.Open(directory, new FakeTimeProvider());
        Dictionary<string, byte[]> right = Right();
        await PutAsync(store, right.Select(r => (r.Key, r.Value)));
        var clock = new FakeTimeProvider();
        var health = new HealthBoard(clock);
        var nodes = new NodeDirectory(store, health, clock, NullLogger<NodeDirectory>.Instance);
        var blocks = new BlockDirectory(store, health, clock, NullLogger<BlockDirectory>.Instance);
        var moved = new BlockDirectory(store, health, clock, NullLogger<BlockDirectory>.Instance, OwnershipKeys.Moved);
        var catalog = new NetworkCatalog(store, 1450, NullLogger<NetworkCatalog>.Instance);
        await LoadAsync();
        IReadOnlyList<OverlayPlan> before = Plan();

        // Beside what is right, and in its place, but for what is this node's own to write again.
        await PutAsync(store, junk.Where(j => !right.ContainsKey(j.Key) && j.Key != StoreKeys.Cluster));
        await LoadAsync();
        RequireKept();
        await PutAsync(store, junk.Where(j => right.ContainsKey(j.Key) && j.Key != StoreKeys.Cluster && !j.Key.StartsWith(StoreKeys.NodeNumbers, StringComparison.Ordinal)));
        await LoadAsync();
        RequireKept();

        Assert.Equal(1u, (await NodeIdentity.ClaimAsync(store, "a", default)).Number);
        using AttachmentLedger ledger = AttachmentLedger.Open(directory);
        using AddressAllocator allocator = await AddressAllocator.RestoreAsync(
            new BlockClaims(store, 1, new NumberHolder("a", "")), ledger, [.. catalog.Current.Pools], clock, TimeSpan.Zero, TimeSpan.Zero, new BlockFence(directory, 1, "boot", TimeSpan.FromHours(1), clock), default);
        await new BlockReclaimer(store, 1, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10), clock, clock, NullLogger<BlockReclaimer>.Instance).LookAsync(default);
        await Gathering.ReadAsync(store, "", TimeSpan.FromHours(1), default);
        await new EndpointPublisher(store, new NodeIdentity("a", 1, "boot"), clock, NullLogger<EndpointPublisher>.Instance).SynchronizeAsync(() => [], new NodeLock(), default);
        AddressFindings.Find(new AuditFacts
        {
            Node = 1,
            Pools = [.. catalog.Current.Pools],
            Blocks = (await store.RangeAsync(StoreKeys.Blocks, default)).Entries,
            NodeNames = Gathering.NamesOf(await store.RangeAsync(StoreKeys.NodeNumbers, default)),
            Copies = (await store.RangeAsync(StoreKeys.Allocations, default)).Entries,
            Attachments = [],
            Used = allocator.InUse(),
            Conflicts = allocator.Conflicts,
            Kernel = new KernelAddresses(new HashSet<string>(), new HashSet<IPAddress>()),
        });

        async Task LoadAsync()
        {
            await nodes.LoadAsync(default);
            await blocks.LoadAsync(default);
            await moved.LoadAsync(default);
            await catalog.LoadAsync(default);
        }

        IReadOnlyList<OverlayPlan> Plan() => OverlayFacts.Build(catalog.Current, nodes.Current, blocks.Current, KnownNode.Of(new Node { Name = "a", Number = 1, UnderlayAddresses = { "192.0.2.1" }, Mtu = 1500 }), moved.Current);

        void RequireKept()
        {
            IReadOnlyList<OverlayPlan> now = Plan();
            OverlayPlan plan = Assert.Single(now, p => p.Network.Name == "net");
            OverlayPeer peer = Assert.Single(plan.Peers, p => p.Node.Name == "b");
            Assert.Superset(before[0].Peers[0].Blocks.Select(b => b.ToString()).ToHashSet(), peer.Blocks.Select(b => b.ToString()).ToHashSet());
        }
    }

    private static Dictionary<string, byte[]> Right() => new Dictionary<string, IMessage>
    {
        [StoreKeys.Cluster] = new Cluster { Uuid = "one" },
        [StoreKeys.Node("a")] = new Node { Name = "a", Number = 1, UnderlayAddresses = { "192.0.2.1" } },
        [StoreKeys.Node("b")] = new Node { Name = "b", Number = 2, UnderlayAddresses = { "192.0.2.2" } },
        [StoreKeys.Network("net")] = new Network { Name = "net", Number = 1, Vni = 1, Gateway4 = "169.254.1.1" },
        [StoreKeys.Pool("four")] = new Pool { Name = "four", Network = "net", Cidr = "10.88.0.0/26", BlockSize = 28 },
        [StoreKeys.Block("four", "10.88.0.0/28")] = new Block { Pool = "four", Cidr = "10.88.0.0/28", Owner = 2, Epoch = 1, State = BlockState.Active },
    }.ToDictionary(r => r.Key, r => r.Value.ToByteArray()).Concat(
        [new(StoreKeys.NodeNumber(1), Encoding.UTF8.GetBytes("a")), new(StoreKeys.NodeNumber(2), Encoding.UTF8.GetBytes("b"))]).ToDictionary();

    private static async Task PutAsync(EmbeddedStore store, IEnumerable<(string Key, byte[] Value)> entries)
    {
        foreach ((string key, byte[] value) in entries)
        {
            await store.TxnAsync(new StoreTxn().Put(key, value), default);
        }
    }
}
