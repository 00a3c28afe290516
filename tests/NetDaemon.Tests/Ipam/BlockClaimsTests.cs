using CsCheck;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Tests.Ipam;

public sealed class BlockClaimsTests : IAsyncLifetime
{
    private AllocatorBench _bench = null!;

    public async Task InitializeAsync() => _bench = await AllocatorBench.CreateAsync();

    public async Task DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task The_lowest_unclaimed_block_is_claimed()
    {
        PoolLayout pool = await StoredAsync("p 10.0.0.0/24 26");
        BlockClaims mine = _bench.ClaimsOf(1);
        BlockClaims other = _bench.ClaimsOf(2);

        OwnedBlock first = (await mine.ClaimLowestAsync(pool, [], default))!;
        Assert.Equal(("p", "10.0.0.0/26", 1u, 1ul), (first.Pool, first.Cidr.ToString(), first.Owner, first.Epoch));
        Assert.Equal("10.0.0.64/26", (await other.ClaimLowestAsync(pool, [], default))!.Cidr.ToString());
        Assert.Equal("10.0.0.128/26", (await mine.ClaimLowestAsync(pool, [first.Cidr], default))!.Cidr.ToString());
        await mine.GiveUpAsync([first], default);
        Assert.Equal("10.0.0.0/26", (await other.ClaimLowestAsync(pool, [Cidr.Parse("10.0.0.64/26")], default))!.Cidr.ToString());
    }

    [Fact]
    public async Task A_pool_without_an_unclaimed_block_gives_none()
    {
        PoolLayout pool = await StoredAsync("p fd00::/123 124");
        BlockClaims claims = _bench.ClaimsOf(1);
        List<Cidr> known = [];
        while (await claims.ClaimLowestAsync(pool, known, default) is { } block)
        {
            known.Add(block.Cidr);
        }
        Assert.Equal(["fd00::/124", "fd00::10/124"], known.Select(c => c.ToString()));
    }

    [Fact]
    public async Task A_pool_that_was_deleted_or_cut_anew_is_not_claimed_from()
    {
        PoolLayout pool = await StoredAsync("p 10.0.0.0/24 26");
        await _bench.PutPoolAsync(AllocatorBench.Pool("p 10.0.0.0/24 28"));
        Assert.Null(await _bench.ClaimsOf(1).ClaimLowestAsync(pool, [], default));
        await _bench.Store.TxnAsync(new StoreTxn().Delete(StoreKeys.Pool("p")), default);
        Assert.Null(await _bench.ClaimsOf(1).ClaimAsync(pool, Cidr.Parse("10.0.0.64/26"), default));

        Assert.Empty((await _bench.Store.RangeAsync(StoreKeys.Blocks, default)).Entries);
    }

    [Fact]
    public async Task A_claim_whose_answer_was_lost_is_found_again()
    {
        PoolLayout pool = await StoredAsync("p 10.0.0.0/24 26");
        OwnedBlock lost = (await _bench.ClaimsOf(1).ClaimLowestAsync(pool, [], default))!;

        OwnedBlock found = (await _bench.ClaimsOf(1).ClaimLowestAsync(pool, [], default))!;
        // Written again: what said that it is this node's may have been a copy.
        Assert.True(found.ModRevision > lost.ModRevision);
        Assert.Equal(lost with { ModRevision = found.ModRevision }, found);
    }

    [Fact]
    public async Task A_claimed_block_is_told_with_its_owner()
    {
        PoolLayout pool = await StoredAsync("p 10.0.0.0/24 26");
        await _bench.ClaimsOf(2).ClaimAsync(pool, Cidr.Parse("10.0.0.64/26"), default);

        Assert.Equal(2u, (await _bench.ClaimsOf(1).ClaimAsync(pool, Cidr.Parse("10.0.0.64/26"), default))!.Owner);
        Assert.Empty(await _bench.ClaimsOf(1).ListOwnAsync(default));
        Assert.Single(await _bench.ClaimsOf(2).ListOwnAsync(default));
    }

    [Fact]
    public async Task Nodes_that_claim_at_once_get_different_blocks()
    {
        PoolLayout pool = await StoredAsync("p 10.0.0.0/24 29");
        OwnedBlock?[] blocks = await Task.WhenAll(Enumerable.Range(1, 32).Select(node =>
            Task.Run(() => _bench.ClaimsOf((uint)node).ClaimLowestAsync(pool, [], default))));

        Assert.Equal(32, blocks.Select(b => b!.Cidr).Distinct().Count());
        Assert.Equal(32, blocks.Select(b => b!.Owner).Distinct().Count());
    }

    [Fact]
    public async Task A_key_that_holds_no_block_costs_no_other_block_and_is_claimed_by_nobody()
    {
        PoolLayout pool = await StoredAsync("p 10.0.0.0/24 26");
        OwnedBlock mine = (await _bench.ClaimsOf(1).ClaimAsync(pool, Cidr.Parse("10.0.0.64/26"), default))!;
        await _bench.Store.TxnAsync(new StoreTxn().Put(StoreKeys.Block("p", "10.0.0.0/26"), new byte[] { 0xff }).Put(StoreKeys.Block("p", "what"), new byte[] { 1 }), default);

        Assert.Equal([mine], await _bench.ClaimsOf(1).ListOwnAsync(default));
        Assert.Equal("10.0.0.128/26", (await _bench.ClaimsOf(2).ClaimLowestAsync(pool, [], default))!.Cidr.ToString());
        Assert.Equal(0u, (await _bench.ClaimsOf(2).ClaimAsync(pool, Cidr.Parse("10.0.0.0/26"), default))!.Owner);
    }

    [Fact]
    public async Task A_free_block_is_claimed_with_the_next_epoch()
    {
        PoolLayout pool = await StoredAsync("p 10.0.0.0/24 26");
        var block = new Weft.Contracts.V1.Block { Pool = "p", Cidr = "10.0.0.0/26", Epoch = 4, State = Weft.Contracts.V1.BlockState.Free };
        await PutAsync(block);
        Assert.Equal(5ul, (await _bench.ClaimsOf(1).ClaimLowestAsync(pool, [], default))!.Epoch);

        block.State = Weft.Contracts.V1.BlockState.Quarantined;
        await PutAsync(block);
        Assert.Equal("10.0.0.64/26", (await _bench.ClaimsOf(1).ClaimLowestAsync(pool, [], default))!.Cidr.ToString());
    }

    [Fact]
    public async Task A_block_is_handed_to_another_node_with_the_next_epoch()
    {
        PoolLayout pool = await StoredAsync("p 10.0.0.0/24 26");
        OwnedBlock block = (await _bench.ClaimsOf(1).ClaimLowestAsync(pool, [], default))!;
        Assert.True(await _bench.ClaimsOf(1).TransferAsync(block, 2, default));
        Assert.False(await _bench.ClaimsOf(1).TransferAsync(block, 3, default));

        OwnedBlock theirs = (await _bench.ClaimsOf(2).ClaimLowestAsync(pool, [], default))!;
        Assert.Equal((block.Cidr, 2u, 2ul), (theirs.Cidr, theirs.Owner, theirs.Epoch));
    }

    private async Task PutAsync(Weft.Contracts.V1.Block block) => await _bench.Store.TxnAsync(
        new StoreTxn().Put(StoreKeys.Block(block.Pool, block.Cidr), Google.Protobuf.MessageExtensions.ToByteArray(block)), default);

    [Fact]
    public void The_first_gap_is_found_as_by_counting() =>
        Gen.Int[0, 15].HashSet[0, 16].Sample(claimed =>
        {
            PoolLayout pool = Layout("p fd00:1::/112 116");
            int expected = Enumerable.Range(0, 17).First(i => !claimed.Contains(i));
            Cidr? found = BlockClaims.LowestFree(pool, claimed.Select(i => pool.Cidr.Part((UInt128)i, 116)));
            Assert.Equal(expected == 16 ? null : pool.Cidr.Part((UInt128)expected, 116), found);
        });

    [Fact]
    public void A_gap_is_found_among_2_to_the_58_blocks() =>
        Assert.Equal("fd00::c0/122", BlockClaims.LowestFree(Layout("p fd00::/64"),
            new[] { 0, 1, 2, 4, 900 }.Select(i => Cidr.Parse("fd00::/64").Part((UInt128)i, 122)))!.Value.ToString());

    [Fact]
    public void Blocks_of_another_size_are_stepped_around() =>
        Assert.Equal("10.0.1.0/26", BlockClaims.LowestFree(Layout("p 10.0.0.0/16"),
            [Cidr.Parse("10.0.0.0/24"), Cidr.Parse("10.0.0.32/28"), Cidr.Parse("10.9.0.0/26"), Cidr.Parse("fd00::/122")])!.Value.ToString());

    private async Task<PoolLayout> StoredAsync(string text)
    {
        await _bench.PutPoolAsync(AllocatorBench.Pool(text));
        return Layout(text);
    }

    private static PoolLayout Layout(string text) =>
        PoolLayout.TryCreate(AllocatorBench.Pool(text), out PoolLayout? layout, out IReadOnlyList<string> problems)
            ? layout
            : throw new ArgumentException(string.Join("; ", problems));
}
