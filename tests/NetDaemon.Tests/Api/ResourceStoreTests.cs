using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Api;
using Weft.NetDaemon.Manifests;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Store;
using Endpoint = Weft.Contracts.V1.Endpoint;

namespace Weft.NetDaemon.Tests.Api;

public sealed class ResourceStoreTests : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("weft-");
    private EmbeddedStore _store = null!;
    private BlockBook _blocks = null!;
    private ResourceStore _resources = null!;

    public Task InitializeAsync()
    {
        _store = EmbeddedStore.Open(_directory.FullName, TimeProvider.System);
        _blocks = new BlockBook(_store);
        _resources = new ResourceStore(_store, _blocks);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task A_network_gets_number_vni_and_gateways_and_keeps_them()
    {
        Assert.Equal("Network a Created, Pool a-v4 Created", await ApplyAsync(NetworkOf("a"), PoolOf("a-v4", "a", "10.1.0.0/16")));
        Assert.Equal("Network b Created", await ApplyAsync(NetworkOf("b", "vni: 900")));
        Assert.Equal("Network a Configured, Network b Unchanged", await ApplyAsync(NetworkOf("a", "mtu: 1400"), NetworkOf("b", "vni: 900")));
        Network a = await FindAsync("a");
        Assert.Equal((1u, 1u, 1400u, true, "169.254.1.1", "fe80::1"), (a.Number, a.Vni, a.Mtu, a.Masquerade, a.Gateway4, a.Gateway6));
        Network b = await FindAsync("b");
        Assert.Equal((2u, 900u, "169.254.1.2"), (b.Number, b.Vni, b.Gateway4));
    }

    [Fact]
    public async Task The_lowest_free_number_is_given_again()
    {
        await ApplyAsync(NetworkOf("a"), NetworkOf("b"), NetworkOf("c"));
        await DeleteAsync("Network", "b");
        await ApplyAsync(NetworkOf("d"));
        Assert.Equal(2u, (await FindAsync("d")).Number);
    }

    [Fact]
    public async Task A_number_that_is_somebodys_vni_is_not_given_as_vni()
    {
        await ApplyAsync(NetworkOf("a", "vni: 1"));
        await ApplyAsync(NetworkOf("b", "vni: 3"), NetworkOf("c"));
        Assert.Equal(["1 1", "2 3", "4 4"], (await ListAsync("Network")).Select(r => $"{r.Network.Number} {r.Network.Vni}"));
    }

    [Fact]
    public async Task A_vni_belongs_to_one_network()
    {
        await ApplyAsync(NetworkOf("a", "vni: 70"));
        await AssertRefusedAsync(RefusalReason.Invalid,
            "net.yaml:4: spec.vni: 70 is the VNI of network \"a\" already; choose another",
            NetworkOf("b", "vni: 70"));
    }

    [Fact]
    public async Task Overlapping_pools_are_refused_with_both_names_and_nothing_is_done()
    {
        await ApplyAsync(NetworkOf("a"), PoolOf("a-v4", "a", "10.1.0.0/16"));
        await AssertRefusedAsync(RefusalReason.Invalid,
            "net.yaml:9: spec.cidr: 10.1.128.0/24 of pool \"b-v4\" overlaps 10.1.0.0/16 of pool \"a-v4\" (network \"a\"); choose a range of its own",
            NetworkOf("b"), PoolOf("b-v4", "b", "10.1.128.0/24"));
        Assert.Single(await ListAsync("Network"));
        await AssertRefusedAsync(RefusalReason.Invalid,
            "net.yaml:4: spec.cidr: fd00::/56 of pool \"x\" overlaps fd00::/48 of pool \"y\" (network \"a\"); choose a range of its own\n"
            + "net.yaml:9: spec.cidr: fd00::/48 of pool \"y\" overlaps fd00::/56 of pool \"x\" (network \"a\"); choose a range of its own",
            PoolOf("x", "a", "fd00::/56"), PoolOf("y", "a", "fd00::/48"));
    }

    [Fact]
    public async Task A_pool_needs_its_network() =>
        await AssertRefusedAsync(RefusalReason.Invalid,
            "net.yaml:4: spec.network: network \"nowhere\" does not exist; apply it with the pool or before it",
            PoolOf("p", "nowhere", "10.1.0.0/16"));

    [Fact]
    public async Task A_pool_may_come_before_its_network_and_two_pools_may_swap_ranges()
    {
        await ApplyAsync(PoolOf("x", "a", "10.1.0.0/16"), PoolOf("y", "a", "10.2.0.0/16"), NetworkOf("a"));
        Assert.Equal("Pool x Configured, Pool y Configured", await ApplyAsync(PoolOf("x", "a", "10.2.0.0/16"), PoolOf("y", "a", "10.1.0.0/16")));
    }

    [Fact]
    public async Task A_pool_with_blocks_does_not_change()
    {
        await ApplyAsync(NetworkOf("a"), PoolOf("p", "a", "10.1.0.0/16"));
        await _blocks.ClaimAsync("p", "10.1.0.0/26", used: 0);
        await AssertRefusedAsync(RefusalReason.InUse,
            "net.yaml:4: spec.cidr: cannot change from 10.1.0.0/16 to 10.2.0.0/16 while pool \"p\" has 1 block(s) in use by nodes; "
            + "add another pool, or stop its containers, `weft delete pool p`, and apply again",
            PoolOf("p", "a", "10.2.0.0/16"));
        Assert.Equal("Pool p Unchanged", await ApplyAsync(PoolOf("p", "a", "10.1.0.0/16")));
    }

    [Fact]
    public async Task A_dry_run_says_all_and_does_nothing()
    {
        IReadOnlyList<Applied> results = await _resources.ApplyAsync(Parse([NetworkOf("a")]), dryRun: true, CancellationToken.None);
        Assert.Equal(ApplyOutcome.Created, Assert.Single(results).Outcome);
        Assert.Empty(await ListAsync("Network"));
    }

    [Fact]
    public async Task Many_objects_at_once_are_refused_before_anything_is_done()
    {
        string[] networks = [.. Enumerable.Range(0, 70).Select(i => NetworkOf($"n{i}"))];
        var refusal = await Assert.ThrowsAsync<ResourceException>(() => ApplyAsync(networks));
        Assert.StartsWith("the change takes 141 writes, more than the 128 that are done at once: nothing was changed; ", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(await ListAsync("Network"));
    }

    [Fact]
    public async Task Of_overlapping_pools_applied_at_once_one_wins()
    {
        await ApplyAsync(NetworkOf("a"));
        Task<string>[] applies = [.. Enumerable.Range(0, 8).Select(i => Task.Run(() => ApplyAsync(PoolOf($"p{i}", "a", "10.1.0.0/16"))))];
        await Task.WhenAll(applies.Select(apply => apply.ContinueWith(done => done.Exception?.Message, TaskScheduler.Default)));
        Assert.Equal(1, applies.Count(apply => apply.IsCompletedSuccessfully));
        Assert.Single(await ListAsync("Pool"));
    }

    [Fact]
    public async Task Networks_applied_at_once_get_numbers_of_their_own()
    {
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(() => ApplyAsync(NetworkOf($"n{i}")))));
        Assert.Equal([1u, 2u, 3u, 4u, 5u, 6u], (await ListAsync("Network")).Select(r => r.Network.Number).Order());
    }

    [Fact]
    public async Task What_is_used_is_not_deleted()
    {
        await ApplyAsync(NetworkOf("a"), PoolOf("p", "a", "10.1.0.0/16"), NetworkOf("b"));
        await _blocks.ClaimAsync("p", "10.1.0.0/26", used: 2);
        var endpoint = new Endpoint { Namespace = "ns", Name = "web", Network = "b", HostInterface = "wfta" };
        await _store.TxnAsync(new StoreTxn().Put(StoreKeys.Endpoint("ns", "web", "wfta"), endpoint.ToByteArray()), CancellationToken.None);
        await AssertNotDeletedAsync(RefusalReason.InUse, "Network \"a\" has the pool(s) p; delete them first, `weft delete pool p`", "Network", "a");
        await AssertNotDeletedAsync(RefusalReason.InUse, "Network \"b\" has 1 endpoint(s); stop their containers first (`weft get endpoints` lists them)", "Network", "b");
        await AssertNotDeletedAsync(RefusalReason.InUse,
            "Pool \"p\" has 2 address(es) in use; stop the containers first (`weft get endpoints -o wide` lists them with their addresses)", "Pool", "p");
        await AssertNotDeletedAsync(RefusalReason.NotFound, "Pool \"q\" does not exist; `weft get pools` lists what does", "Pool", "q");
    }

    [Fact]
    public async Task A_pool_with_another_nodes_block_is_not_deleted()
    {
        await ApplyAsync(NetworkOf("a"), PoolOf("p", "a", "10.1.0.0/16"));
        await _blocks.ClaimForOtherAsync("p", "10.1.0.64/26", owner: 9);
        await AssertNotDeletedAsync(RefusalReason.InUse,
            "Pool \"p\" has block 10.1.0.64/26 that node number 9 owns; stop that node's containers and weftd first", "Pool", "p");
    }

    [Fact]
    public async Task A_network_its_pools_and_their_unused_blocks_go_together()
    {
        await ApplyAsync(NetworkOf("a"), PoolOf("p", "a", "10.1.0.0/16"), PoolOf("q", "a", "10.2.0.0/16"));
        await _blocks.ClaimAsync("p", "10.1.0.0/26", used: 0);
        IReadOnlyList<Deleted> deleted = await _resources.DeleteAsync(
            Parse([NetworkOf("a"), PoolOf("p", "a", "10.1.0.0/16"), PoolOf("q", "a", "10.2.0.0/16")]), CancellationToken.None);
        Assert.Equal(["a", "p", "q"], deleted.Select(one => one.Name));
        StoreRange left = await _store.RangeAsync(StoreKeys.Root, CancellationToken.None);
        Assert.Equal([StoreKeys.Configuration], left.Entries.Select(entry => entry.Key));
    }

    [Fact]
    public async Task Blocks_are_listed_in_the_order_of_addresses_with_their_counts()
    {
        await ApplyAsync(NetworkOf("a"), PoolOf("p", "a", "10.1.0.0/16"));
        await _blocks.ClaimAsync("p", "10.1.0.128/26", used: 3);
        await _blocks.ClaimAsync("p", "10.1.0.64/26", used: 4);
        Assert.Equal(["10.1.0.64/26 4 1 62", "10.1.0.128/26 3 1 62"],
            (await ListAsync("Block")).Select(r => $"{r.Block.Cidr} {r.Block.Used} {r.Block.Cooling} {r.Block.Size}"));
        Assert.Single(await _resources.ListAsync("Block", "10.1.0.64/26", CancellationToken.None));
    }

    [Theory]
    [InlineData("Gadget", "", RefusalReason.Invalid)]
    [InlineData("Pool", "none", RefusalReason.NotFound)]
    public async Task Listing_says_what_is_not_there(string kind, string name, object reason)
    {
        var refusal = await Assert.ThrowsAsync<ResourceException>(() => _resources.ListAsync(kind, name, CancellationToken.None));
        Assert.Equal(reason, refusal.Reason);
    }

    [Fact]
    public async Task A_damaged_record_is_a_failure_of_the_store()
    {
        await _store.TxnAsync(new StoreTxn().Put(StoreKeys.Pool("p"), new byte[] { 0xff, 0xff }), CancellationToken.None);
        var failure = await Assert.ThrowsAsync<StoreException>(() => ListAsync("Pool"));
        Assert.Contains(StoreKeys.Pool("p"), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_default_network_is_made_once()
    {
        Assert.True(await DefaultNetwork.EnsureAsync(_resources, _store, DefaultNetworkOptions.Standard, CancellationToken.None));
        Resource[] pools = [.. await ListAsync("Pool")];
        Assert.Equal(["default-v4 10.83.0.0/16 26", "default-v6"],
            [$"{pools[0].Pool.Name} {pools[0].Pool.Cidr} {pools[0].Pool.BlockSize}", pools[1].Pool.Name]);
        Assert.Matches("^fd[0-9a-f]{2}:[0-9a-f:]+::/56$", pools[1].Pool.Cidr);
        Assert.True((await FindAsync("default")).Masquerade);
        await _resources.DeleteAsync(Parse([NetworkOf("default"), PoolOf("default-v4", "default", "10.83.0.0/16"), PoolOf("default-v6", "default", "fd00::/56")]),
            CancellationToken.None);
        Assert.False(await DefaultNetwork.EnsureAsync(_resources, _store, DefaultNetworkOptions.Standard, CancellationToken.None));
        Assert.Empty(await ListAsync("Network"));
    }

    [Fact]
    public async Task A_start_without_default_network_leaves_it_to_a_later_one()
    {
        Assert.False(await DefaultNetwork.EnsureAsync(_resources, _store, DefaultNetworkOptions.None, CancellationToken.None));
        Cluster before = await ClusterAsync();
        Assert.True(await DefaultNetwork.EnsureAsync(_resources, _store, DefaultNetworkOptions.Standard, CancellationToken.None));
        Cluster after = await ClusterAsync();
        Assert.True(Guid.TryParse(before.Uuid, out _));
        Assert.Equal((before.Uuid, 1u, false, true), (after.Uuid, after.Schema, before.DefaultNetworkMade, after.DefaultNetworkMade));
    }

    [Fact]
    public async Task Starts_at_the_same_time_make_one_default_network()
    {
        bool[] made = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ =>
            Task.Run(() => DefaultNetwork.EnsureAsync(_resources, _store, DefaultNetworkOptions.Standard, CancellationToken.None))));
        Assert.Single(made, one => one);
        Assert.Equal(2, (await ListAsync("Pool")).Count);
    }

    private static string NetworkOf(string name, string spec = "") => $$"""
        apiVersion: weft.dev/v1
        kind: Network
        metadata: {name: {{name}}}
        spec: { {{spec}} }

        """;

    private static string PoolOf(string name, string network, string cidr) => $$"""
        apiVersion: weft.dev/v1
        kind: Pool
        metadata: {name: {{name}}}
        spec: {network: {{network}}, cidr: "{{cidr}}"}

        """;

    private static IReadOnlyList<DeclaredObject> Parse(string[] documents) =>
        ManifestParser.Parse([new Manifest { Source = "net.yaml", Text = string.Join("---\n", documents) }]);

    private async Task<string> ApplyAsync(params string[] documents) =>
        string.Join(", ", (await _resources.ApplyAsync(Parse(documents), dryRun: false, CancellationToken.None)).Select(r => $"{r.Kind} {r.Name} {r.Outcome}"));

    private Task<IReadOnlyList<Deleted>> DeleteAsync(string kind, string name) =>
        _resources.DeleteAsync([new DeclaredIdentity(kind, name, ManifestOrigin.BuiltIn("-"))], CancellationToken.None);

    private Task<IReadOnlyList<Resource>> ListAsync(string kind) => _resources.ListAsync(kind, "", CancellationToken.None);

    private async Task<Network> FindAsync(string name) => (await _resources.ListAsync("Network", name, CancellationToken.None))[0].Network;

    private async Task<Cluster> ClusterAsync() =>
        Cluster.Parser.ParseFrom((await _store.GetAsync(StoreKeys.Cluster, CancellationToken.None))!.Value.Span);

    private async Task AssertRefusedAsync(RefusalReason reason, string message, params string[] documents)
    {
        var refusal = await Assert.ThrowsAsync<ResourceException>(() => ApplyAsync(documents));
        Assert.Equal((reason, message), (refusal.Reason, refusal.Message));
    }

    private async Task AssertNotDeletedAsync(RefusalReason reason, string message, string kind, string name)
    {
        var refusal = await Assert.ThrowsAsync<ResourceException>(() => DeleteAsync(kind, name));
        Assert.Equal((reason, message), (refusal.Reason, refusal.Message));
    }
}
