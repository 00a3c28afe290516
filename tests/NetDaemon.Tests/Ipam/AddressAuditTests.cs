using System.Net;
using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Api;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Tests.Ipam;

public sealed class AddressAuditTests : IAsyncLifetime
{
    private readonly AttachmentTable _table = new();
    private readonly List<string> _collected = [];
    private HashSet<string> _links = [];
    private HashSet<IPAddress> _routes = [];
    private AllocatorBench _bench = null!;
    private AddressAudit _audit = null!;

    public async Task InitializeAsync()
    {
        _bench = await AllocatorBench.CreateAsync("four 10.88.0.0/24 26");
        await _bench.Store.TxnAsync(
            new StoreTxn().Put(StoreKeys.NodeNumber(1), "n1"u8.ToArray()).Put(StoreKeys.NodeNumber(2), "n2"u8.ToArray()), default);
        _audit = new AddressAudit(_bench.Store, new NodeIdentity("n1", 1, "this boot"), _bench.Allocator, _table, () => _bench.Pools, new NodeLock())
        {
            Kernel = () => new KernelAddresses(_links, _routes),
            Collect = (id, why) =>
            {
                _collected.Add($"{id}: {why}");
                return Task.FromResult(true);
            },
        };
    }

    public async Task DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task What_agrees_has_no_findings()
    {
        await AttachAsync();
        await PublishAsync("n1");

        Assert.Equal((1u, 1u, 1u, ""), await CheckAsync());
    }

    [Fact]
    public async Task An_address_that_counts_as_used_and_that_nobody_has_is_leaked_and_can_be_released()
    {
        await _bench.TakeAsync();

        Assert.Equal("Leaked 10.88.0.1 n1: counts as used in network net, and no attachment has it", (await CheckAsync()).Findings);
        Assert.StartsWith("10.88.0.1 counted as used in network net", await _audit.ReleaseAsync("10.88.0.1", "", default), StringComparison.Ordinal);
        Assert.Equal("", (await CheckAsync()).Findings);
        Assert.Contains("nothing is leaked", await RefusedAsync("10.88.0.1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_of_a_container_is_released_only_when_it_is_gone_for_certain()
    {
        AttachmentRecord gone = await AttachAsync();    // of another boot
        Assert.Contains("the node has been rebooted", await _audit.ReleaseAsync("10.88.0.1", "net", default), StringComparison.Ordinal);
        Assert.Equal([$"{gone.Id}: weft ipam release: the node has been rebooted"], _collected);

        // weftd cannot see its namespace, which proves nothing.
        AttachmentRecord here = LedgerRecord("there") with { BootId = "this boot", Netns = "/proc/1/root/run/netns/there" };
        here = here with { Id = _bench.Ledger.InsertPending(here) };
        Assert.Contains("is in use by shop/there", await RefusedAsync("10.88.0.60"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_of_another_node_or_of_nobody_is_refused_with_the_next_step()
    {
        await _bench.ClaimsOf(2).ClaimLowestAsync(Layout(), [], default);

        Assert.Equal("10.88.0.1 is in block 10.88.0.0/26 of node n2, which alone can tell; run `weft ipam release 10.88.0.1` there", await RefusedAsync("10.88.0.1"));
        Assert.Equal("10.88.0.65 is free: nobody has its block 10.88.0.64/26 of pool four", await RefusedAsync("10.88.0.65"));
        Assert.Equal("10.99.0.1 is in no pool; `weft get pools` lists them", await RefusedAsync("10.99.0.1"));
        Assert.Equal("\"10.99\" is not an address", await RefusedAsync("10.99"));
    }

    [Fact]
    public async Task Two_nodes_with_one_address_are_a_conflict()
    {
        await AttachAsync();
        await PublishAsync("n1");
        await PublishAsync("n2");

        string findings = (await CheckAsync()).Findings;
        Assert.Contains("Conflict 10.88.0.0/26 n2: 1 of its addresses are in use there, from 10.88.0.1 on, but n1 has now the block", findings, StringComparison.Ordinal);
        Assert.Contains("Conflict 10.88.0.1 n2: is in use by shop/c0, and on node n1 too", findings, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_node_published_that_does_not_exist_any_more_is_forgotten_on_request()
    {
        await AttachAsync();
        await PublishAsync("n1");
        await PublishAsync("gone");
        _bench.Detach(_table.All[0]);
        _table.Remove(_table.All[0]);

        Assert.Contains("does not exist any more", await _audit.ReleaseAsync("10.88.0.1", "", default), StringComparison.Ordinal);
        Assert.Equal("n1", AddressFindings.NodeOfCopy(Assert.Single((await _bench.Store.RangeAsync(StoreKeys.Allocations, default)).Entries)));
    }

    [Fact]
    public async Task Keys_that_cannot_be_read_and_blocks_that_belong_nowhere_are_told()
    {
        await PutBlockAsync("four", "10.88.0.0/26", 9);
        await PutBlockAsync("old", "10.77.0.0/26", 2);
        await PutBlockAsync("four", "10.88.0.32/27", 2);
        await _bench.Store.TxnAsync(new StoreTxn().Put(StoreKeys.Block("four", "10.88.0.64/26"), new byte[] { 0xff }).Put(StoreKeys.Allocations + "n1/x", new byte[] { 1 }), default);

        Assert.Equal(
            """
            Damaged /weft/v1/blocks/four/10.88.0.64_26 : does not hold the block that it is named for
            Leaked 10.77.0.0/26 n2: is a block of pool old, which does not exist
            Leaked 10.88.0.0/26 : belongs to node number 9, which does not exist
            Leaked 10.88.0.32/27 n2: is a block of pool four, which is 10.88.0.0/24 in blocks of /26
            Conflict 10.88.0.32/27 n2: overlaps the block 10.88.0.0/26 of pool four
            Damaged /weft/v1/allocs/n1/x : does not hold a copy of allocations
            """, (await CheckAsync()).Findings);
    }

    [Fact]
    public async Task The_kernel_is_compared_with_what_is_recorded()
    {
        AttachmentRecord record = await AttachAsync();
        _routes = [IPAddress.Parse("10.88.0.9")];
        Assert.Equal(
            """
            Kernel 10.88.0.1 n1: is of shop/c0, and no route leads there
            Kernel 10.88.0.9 n1: is routed to a container that weftd does not know
            """, (await CheckAsync()).Findings);
        (_links, _routes) = ([], []);
        Assert.Equal($"Leaked 10.88.0.1 n1: is of shop/c0 (container c0), whose interface {record.HostInterface} is gone", (await CheckAsync()).Findings);
    }

    private async Task<AttachmentRecord> AttachAsync()
    {
        AttachmentRecord record = await _bench.AttachAsync() with { State = AttachmentState.Committed };
        _table.Put(record);
        _links.Add(record.HostInterface);
        _routes.Add(record.Addresses[0].Address);
        return record;
    }

    private static AttachmentRecord LedgerRecord(string name) => Attachments.LedgerRecords.Record(name, "10.88.0.60") with { WeftNetwork = "net" };

    private static PoolLayout Layout() => PoolLayout.TryCreate(AllocatorBench.Pool("four 10.88.0.0/24 26"), out PoolLayout? layout, out _) ? layout : throw new InvalidOperationException();

    private Task<int> PublishAsync(string node) =>
        new AllocationCopies(_bench.Store, node, () => _table.All, _bench.Allocator, () => _bench.Pools).PublishAsync(default);

    private async Task PutBlockAsync(string pool, string cidr, uint owner) => await _bench.Store.TxnAsync(
        new StoreTxn().Put(StoreKeys.Block(pool, cidr), new Block { Pool = pool, Cidr = cidr, Owner = owner, Epoch = 1, State = BlockState.Active }.ToByteArray()), default);

    private async Task<string> RefusedAsync(string address) => (await Assert.ThrowsAsync<ResourceException>(() => _audit.ReleaseAsync(address, "", default))).Message;

    private async Task<(uint Nodes, uint Blocks, uint Addresses, string Findings)> CheckAsync()
    {
        CheckAddressesReply reply = await _audit.CheckAsync(default);
        return (reply.Nodes, reply.Blocks, reply.Addresses, string.Join('\n', reply.Findings.Select(f => $"{f.Kind} {f.Subject} {f.Node}: {f.Problem}")));
    }
}
