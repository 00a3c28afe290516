using Weft.Contracts.V1;
using Weft.NetDaemon.Api;
using Weft.NetDaemon.Manifests;
using Weft.NetDaemon.Store;
using Weft.Policy.Objects;

namespace Weft.NetDaemon.Tests.Api;

public sealed class PolicyResourceTests : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("weft-");
    private EmbeddedStore _store = null!;
    private ResourceStore _resources = null!;

    public Task InitializeAsync()
    {
        _store = EmbeddedStore.Open(_directory.FullName, TimeProvider.System);
        _resources = new ResourceStore(_store, new BlockBook(_store));
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Objects_of_all_kinds_are_kept_under_their_keys_as_they_are_written()
    {
        Assert.Equal(
            "NetworkPolicy default/web Created, NetworkPolicy shop/web Created, ClusterNetworkPolicy all Created, HostPolicy ssh Created, NetworkSet office Created, Namespace shop Created",
            await ApplyAsync(PolicyOf("web"), PolicyOf("web", "shop"), Cluster, Host, Set, NamespaceOf("shop")));

        StoreRange all = await _store.RangeAsync(StoreKeys.Root, default);
        Assert.Equal(
            [
                "namespaces/shop", "networksets/office", "policies/clusternetworkpolicies/all", "policies/hostpolicies/ssh", "policies/networkpolicies/default/web",
                "policies/networkpolicies/shop/web", "policyrevision",
            ],
            all.Entries.Select(entry => entry.Key[StoreKeys.Root.Length..]));
        Assert.Single(all.Entries.Select(entry => entry.ModRevision).Distinct());
        Assert.Equal("default", NetworkPolicy.Parser.ParseFrom(all.Entries[4].Value.Span).Metadata.Namespace);
    }

    [Fact]
    public async Task What_is_as_stated_is_not_written_again()
    {
        await ApplyAsync(PolicyOf("web"), NamespaceOf("shop", "a"));
        long before = await RevisionAsync();

        Assert.Equal("NetworkPolicy default/web Unchanged, Namespace shop Unchanged", await ApplyAsync(PolicyOf("web"), NamespaceOf("shop", "a")));
        Assert.Equal(before, await RevisionAsync());
        Assert.Equal("NetworkPolicy default/web Unchanged, Namespace shop Configured", await ApplyAsync(PolicyOf("web"), NamespaceOf("shop", "b")));
        Assert.NotEqual(before, await RevisionAsync());
        Assert.Equal(await RevisionAsync(), (await _store.GetAsync(StoreKeys.Namespace("shop"), default))!.ModRevision);
    }

    [Fact]
    public async Task A_dry_run_changes_nothing()
    {
        Assert.Equal("NetworkPolicy default/web Created", Describe(await _resources.ApplyAsync(Parse([PolicyOf("web")]), dryRun: true, default)));
        Assert.Empty((await _store.RangeAsync(StoreKeys.Root, default)).Entries);
    }

    [Fact]
    public async Task Policies_and_networks_of_one_request_are_done_together_or_not_at_all()
    {
        var refusal = await Assert.ThrowsAsync<ResourceException>(() => ApplyAsync(PolicyOf("web"), PoolOf("p", "nowhere")));
        Assert.Equal("f:6: spec.network: network \"nowhere\" does not exist; apply it with the pool or before it", refusal.Message);
        Assert.Empty((await _store.RangeAsync(StoreKeys.Root, default)).Entries);

        Assert.Equal("Pool p Created, NetworkPolicy default/web Created, Network n Created, Namespace shop Created",
            await ApplyAsync(PoolOf("p", "n"), PolicyOf("web"), NetworkOf("n"), NamespaceOf("shop")));
        Assert.Equal("Namespace shop, Pool p, Network n, NetworkPolicy default/web", await DeleteAsync(NamespaceOf("shop"), PoolOf("p", "n"), NetworkOf("n"), PolicyOf("web")));
        Assert.Equal(["configuration", "policyrevision"], (await _store.RangeAsync(StoreKeys.Root, default)).Entries.Select(entry => entry.Key[StoreKeys.Root.Length..]));
    }

    [Fact]
    public async Task Deleting_what_does_not_exist_deletes_nothing_and_names_all_that_is_missing()
    {
        await ApplyAsync(PolicyOf("web"), NetworkOf("n"));
        var refusal = await Assert.ThrowsAsync<ResourceException>(() => DeleteAsync(PolicyOf("web"), PolicyOf("web", "shop"), NetworkOf("m"), NetworkOf("n"), Cluster));
        Assert.Equal(RefusalReason.NotFound, refusal.Reason);
        Assert.Equal("""
            NetworkPolicy "shop/web" does not exist; `weft get networkpolicies` lists what does
            Network "m" does not exist; `weft get networks` lists what does
            ClusterNetworkPolicy "all" does not exist; `weft get clusternetworkpolicies` lists what does
            """, refusal.Message);
        Assert.Single(await _resources.ListAsync(PolicyKinds.NetworkPolicy, "", default));
        Assert.Single(await _resources.ListAsync(ResourceKind.Network, "", default));
    }

    [Fact]
    public async Task A_deletion_moves_the_revision_that_nodes_are_to_enforce()
    {
        await ApplyAsync(PolicyOf("web"));
        long before = await RevisionAsync();
        Assert.Equal("NetworkPolicy default/web", await DeleteAsync(PolicyOf("web")));
        Assert.True(await RevisionAsync() > before);
    }

    [Theory]
    [InlineData("", "", "a/web b/api b/web")]
    [InlineData("", "b", "b/api b/web")]
    [InlineData("web", "", "a/web b/web")]
    [InlineData("web", "b", "b/web")]
    [InlineData("a/web", "", "a/web")]
    [InlineData("b/web", "b", "b/web")]
    [InlineData("", "none", "")]
    public async Task Policies_are_listed_by_namespace_and_name(string name, string home, string expected)
    {
        await ApplyAsync(PolicyOf("web", "b"), PolicyOf("web", "a"), PolicyOf("api", "b"));
        IReadOnlyList<Resource> found = await _resources.ListAsync(PolicyKinds.NetworkPolicy, name, home, default);
        Assert.Equal(expected, string.Join(' ', found.Select(r => $"{r.NetworkPolicy.Metadata.Namespace}/{r.NetworkPolicy.Metadata.Name}")));
    }

    [Theory]
    [InlineData(PolicyKinds.NetworkPolicy, "web", "b", "NetworkPolicy \"b/web\" does not exist; `weft get networkpolicies` lists what does")]
    [InlineData(PolicyKinds.NetworkPolicy, "a/web", "b", "\"a/web\" is of namespace \"a\", not \"b\"; leave one of them out")]
    [InlineData(PolicyKinds.HostPolicy, "web", "", "HostPolicy \"web\" does not exist; `weft get hostpolicies` lists what does")]
    [InlineData(PolicyKinds.Namespace, "", "b", "a Namespace lives in no namespace; leave out the namespace \"b\"")]
    [InlineData(ResourceKind.Pool, "", "b", "a Pool lives in no namespace; leave out the namespace \"b\"")]
    public async Task What_is_not_there_is_said_by_its_name(string kind, string name, string home, string message)
    {
        await ApplyAsync(PolicyOf("web", "a"));
        var refusal = await Assert.ThrowsAsync<ResourceException>(() => _resources.ListAsync(kind, name, home, default));
        Assert.Equal(message, refusal.Message);
    }

    [Fact]
    public async Task More_than_one_transaction_holds_is_refused_whole()
    {
        string[] policies = [.. Enumerable.Range(0, 128).Select(i => PolicyOf($"p{i}"))];
        const string message = "the change takes 129 writes, more than the 128 that are done at once: nothing was changed; "
            + "give the files of a directory in several commands, or split the file (objects that are as stated already need no write)";
        Assert.Equal(message, (await Assert.ThrowsAsync<ResourceException>(() => ApplyAsync(policies))).Message);
        Assert.Equal(message, (await Assert.ThrowsAsync<ResourceException>(() => _resources.ApplyAsync(Parse(policies), dryRun: true, default))).Message);
        Assert.Empty((await _store.RangeAsync(StoreKeys.Root, default)).Entries);

        await ApplyAsync(policies[..127]);
        await ApplyAsync(policies);
        Assert.Equal(128, (await _resources.ListAsync(PolicyKinds.NetworkPolicy, "", default)).Count);
        Assert.Equal(message, (await Assert.ThrowsAsync<ResourceException>(() => DeleteAsync(policies))).Message);
        await DeleteAsync(policies[1..]);
        Assert.Single(await _resources.ListAsync(PolicyKinds.NetworkPolicy, "", default));
    }

    [Fact]
    public async Task Changes_at_the_same_time_all_happen()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => ApplyAsync(PolicyOf($"p{i}"), NamespaceOf("shop", $"team-{i}")))));
        Assert.Equal(8, (await _resources.ListAsync(PolicyKinds.NetworkPolicy, "", default)).Count);
    }

    [Fact]
    public async Task What_this_version_cannot_read_is_replaced_by_what_is_applied()
    {
        await _store.TxnAsync(new StoreTxn().Put(StoreKeys.NetworkPolicy("default", "web"), new byte[] { 0xff }), default);
        Assert.Equal("NetworkPolicy default/web Configured", await ApplyAsync(PolicyOf("web")));
        Assert.Equal("NetworkPolicy default/web Unchanged", await ApplyAsync(PolicyOf("web")));
    }

    [Fact]
    public async Task What_has_no_name_is_told_by_its_key()
    {
        await _store.TxnAsync(new StoreTxn().Put(StoreKeys.Namespace("shop"), ReadOnlyMemory<byte>.Empty), default);
        var failure = await Assert.ThrowsAsync<StoreException>(() => _resources.ListAsync(PolicyKinds.Namespace, "", default));
        Assert.Equal("/weft/v1/namespaces/shop holds a Namespace without a name", failure.Message);
    }

    private const string Cluster = "{apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, metadata: {name: all}, spec: {tier: Admin, priority: 1, subject: {namespaces: {}}}}\n";
    private const string Host = "{apiVersion: weft.dev/v1, kind: HostPolicy, metadata: {name: ssh}, spec: {nodeSelector: {}}}\n";
    private const string Set = "{apiVersion: weft.dev/v1, kind: NetworkSet, metadata: {name: office}, spec: {cidrs: [10.0.0.0/8]}}\n";

    private static string PolicyOf(string name, string home = "") =>
        $"{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: {name}, namespace: '{home}'}}, spec: {{podSelector: {{}}}}}}\n";

    private static string NamespaceOf(string name, string team = "a") => $"{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}, labels: {{team: {team}}}}}}}\n";

    private static string NetworkOf(string name) => $"apiVersion: weft.dev/v1\nkind: Network\nmetadata: {{name: {name}}}\n";

    private static string PoolOf(string name, string network) => $"apiVersion: weft.dev/v1\nkind: Pool\nmetadata: {{name: {name}}}\nspec: {{network: {network}, cidr: 10.1.0.0/16}}\n";

    private static IReadOnlyList<DeclaredObject> Parse(string[] documents) => ManifestParser.Parse([new Manifest { Source = "f", Text = string.Join("---\n", documents) }]);

    private static string Describe(IEnumerable<Applied> results) => string.Join(", ", results.Select(r => $"{r.Kind} {r.Name} {r.Outcome}"));

    private async Task<string> ApplyAsync(params string[] documents) => Describe(await _resources.ApplyAsync(Parse(documents), dryRun: false, default));

    private async Task<string> DeleteAsync(params string[] documents) => string.Join(", ", (await _resources.DeleteAsync(
        ManifestParser.ParseIdentities([new Manifest { Source = "f", Text = string.Join("---\n", documents) }]), default)).Select(r => $"{r.Kind} {r.Name}"));

    private async Task<long> RevisionAsync() => (await _store.GetAsync(StoreKeys.PolicyRevision, default))?.ModRevision ?? 0;
}
