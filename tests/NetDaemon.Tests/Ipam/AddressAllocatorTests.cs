using System.Net;
using System.Net.Sockets;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Tests.Ipam;

public sealed class AddressAllocatorTests
{
    [Fact]
    public async Task A_container_gets_one_address_of_each_family()
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync("six fd00::/64", "four 10.88.0.0/16");

        var allocated = Assert.IsType<AllocationOutcome.Allocated>(await bench.AllocateAsync());

        Assert.Equal(["10.88.0.1 four 10.88.0.0/16", "fd00::1 six fd00::/64"], allocated.Addresses.Select(a => $"{a.Address} {a.Pool} {a.PoolCidr}"));
        Assert.Equal("10.88.0.2 fd00::2", await bench.TakeAsync());
    }

    [Fact]
    public async Task An_address_inside_own_blocks_costs_no_question_to_the_store()
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync("four 10.88.0.0/16", "six fd00::/64");
        await bench.TakeAsync();
        int calls = bench.Store.Calls;
        for (int i = 0; i < 62; i++)
        {
            await bench.TakeAsync();
        }

        Assert.Equal(calls, bench.Store.Calls);
        await bench.TakeAsync();
        Assert.True(bench.Store.Calls > calls);
    }

    [Fact]
    public async Task Pools_are_used_in_the_order_of_their_names()
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync("b 10.2.0.0/29 30", "a 10.1.0.0/30 30");

        Assert.Equal(["10.1.0.1", "10.1.0.2", "10.2.0.1"], [await bench.TakeAsync(), await bench.TakeAsync(), await bench.TakeAsync()]);
    }

    [Fact]
    public async Task A_full_pool_is_not_asked_for_at_each_ADD()
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync("a 10.1.0.0/30 30", "b 10.2.0.0/24 26");
        for (int i = 0; i < 3; i++)
        {
            await bench.TakeAsync();
        }
        int calls = bench.Store.Calls;
        await bench.TakeAsync();
        Assert.Equal(calls, bench.Store.Calls);
        bench.Time.Advance(TimeSpan.FromSeconds(60));
        await bench.TakeAsync();
        Assert.True(bench.Store.Calls > calls);
    }

    [Fact]
    public async Task Twenty_first_ADDs_at_once_get_different_addresses_of_one_block()
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync("four 10.88.0.0/16", "six fd00::/64");

        string[] taken = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => bench.TakeAsync())));

        Assert.Equal(40, taken.SelectMany(t => t.Split(' ')).Distinct().Count());
        Assert.All(bench.Allocator.Usage(bench.Pools), u => Assert.Single(u.Blocks));
    }

    [Fact]
    public async Task An_exhausted_network_says_what_is_used_and_when_the_next_address_is_free()
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync("four 10.88.0.0/30 31", "six fd00::/64");
        AttachmentRecord first = await bench.AttachAsync();
        await bench.AttachAsync();
        bench.Detach(first);
        bench.Time.Advance(TimeSpan.FromSeconds(10));

        var refusal = Assert.IsType<AllocationOutcome.Exhausted>(await bench.AllocateAsync());

        Assert.Equal(AddressFamily.InterNetwork, refusal.Family);
        PoolUsage usage = Assert.Single(refusal.Pools);
        Assert.Equal(("four", 1, 1, (UInt128)0), (usage.Pool, usage.Used, usage.Cooling, usage.Free));
        Assert.Equal(bench.Time.GetUtcNow().AddSeconds(50), refusal.NextFree);
        Assert.Equal("no free address in pool four (10.88.0.0/30: 1 in use, 1 cooling)", refusal.Message);
        Assert.Equal(1, bench.Allocator.Usage(bench.Pools)[1].Used);   // no IPv6 address was kept

        bench.Time.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal("10.88.0.1 fd00::3", await bench.TakeAsync());
    }

    [Fact]
    public async Task A_network_without_pools_has_no_address()
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync();

        Assert.Equal("the network has no pool", Assert.IsType<AllocationOutcome.Exhausted>(await bench.AllocateAsync()).Message);
    }

    [Fact]
    public async Task A_store_that_is_away_matters_only_when_no_own_block_has_room()
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync("a 10.1.0.0/24 30", "b 10.2.0.0/24 30");
        await bench.TakeAsync();
        await bench.TakeAsync("10.2.0.1");
        bench.Store.IsAway = true;
        Assert.Equal(["10.1.0.2", "10.1.0.3", "10.2.0.2", "10.2.0.3"],
            [await bench.TakeAsync(), await bench.TakeAsync(), await bench.TakeAsync(), await bench.TakeAsync()]);

        await Assert.ThrowsAsync<StoreException>(() => bench.AllocateAsync());

        bench.Store.IsAway = false;
        Assert.Equal("10.1.0.4", await bench.TakeAsync());
    }

    [Fact]
    public async Task A_wanted_address_is_given_and_its_block_claimed()
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync("four 10.88.0.0/16", "six fd00::/64");

        Assert.Equal("10.88.7.7 fd00::1", await bench.TakeAsync("10.88.7.7"));
        Assert.Equal("10.88.7.8 fd00::77", await bench.TakeAsync("fd00::77", "::ffff:10.88.7.8"));
        Assert.Equal(["10.88.7.0/26"], bench.Allocator.Usage(bench.Pools)[0].Blocks.Select(b => b.Cidr.ToString()));
    }

    [Fact]
    public async Task A_wanted_address_that_cannot_be_had_is_refused_with_the_reason()
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync("four 10.88.0.0/16", "six fd00::/64");
        await bench.ClaimsOf(9).ClaimAsync(Layout(bench), Cidr.Parse("10.88.9.0/26"), default);
        await bench.AttachAsync("10.88.0.5");
        await bench.TakeAsync("10.88.0.6");

        await AssertRefused(WantedProblem.InNoPool, "192.0.2.1", "four 10.88.0.0/16");
        await AssertRefused(WantedProblem.Reserved, "10.88.0.0", "first or last");
        await AssertRefused(WantedProblem.Reserved, "10.88.255.255", "first or last");
        await AssertRefused(WantedProblem.InUse, "10.88.0.5", "shop/c0");
        await AssertRefused(WantedProblem.InUse, "10.88.0.6", "being attached");
        await AssertRefused(WantedProblem.OnOtherNode, "10.88.9.1", "node 9");
        Assert.Equal(WantedProblem.SecondOfFamily.ToString(), await bench.TakeAsync("10.88.0.7", "10.88.0.8"));
        Assert.Equal("10.88.0.7 fd00::3", await bench.TakeAsync("10.88.0.7"));   // the refusals kept nothing

        async Task AssertRefused(WantedProblem reason, string address, string says)
        {
            var refusal = Assert.IsType<AllocationOutcome.WantedUnavailable>(await bench.AllocateAsync("fd00::99", address));
            Assert.Equal((reason, address), (refusal.Reason, refusal.Address.ToString()));
            Assert.Contains(address, refusal.Message, StringComparison.Ordinal);
            Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Who_asks_by_name_gets_an_address_that_still_cools()
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync("four 10.88.0.0/16");
        AttachmentRecord record = await bench.AttachAsync("10.88.0.5");
        bench.Detach(record);

        Assert.Equal("10.88.0.5", await bench.TakeAsync("10.88.0.5"));
    }

    [Fact]
    public async Task What_is_not_used_is_the_next_to_be_given()
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync("four 10.88.0.0/16");
        await bench.TakeAsync();
        bench.Allocator.ReturnUnused("net", [IPAddress.Parse("10.88.0.1"), IPAddress.Parse("10.88.0.9"), IPAddress.Parse("192.0.2.1")]);

        Assert.Equal(["10.88.0.1", "10.88.0.2"], [await bench.TakeAsync(), await bench.TakeAsync()]);
    }

    [Fact]
    public async Task A_restart_keeps_what_is_used_and_what_cools()
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync("four 10.88.0.0/29 29");
        AttachmentRecord[] records = [await bench.AttachAsync(), await bench.AttachAsync(), await bench.AttachAsync()];
        await bench.TakeAsync();   // in memory only: gone with the process
        bench.Detach(records[1]);
        bench.Time.Advance(TimeSpan.FromSeconds(30));
        bench.Detach(records[0]);

        await bench.RestartAsync();

        Assert.Empty(bench.Allocator.Conflicts);
        Assert.Equal(["10.88.0.4", "10.88.0.5", "10.88.0.6", "exhausted"],
            [await bench.TakeAsync(), await bench.TakeAsync(), await bench.TakeAsync(), await bench.TakeAsync()]);
        bench.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(["10.88.0.2", "exhausted"], [await bench.TakeAsync(), await bench.TakeAsync()]);
        bench.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(["10.88.0.1", "exhausted"], [await bench.TakeAsync(), await bench.TakeAsync()]);
    }

    [Fact]
    public async Task Blocks_are_claimed_again_when_the_store_was_lost()
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync("four 10.88.0.0/16");
        AttachmentRecord record = await bench.AttachAsync("10.88.5.1");
        await bench.LoseStoreAsync();

        await bench.RestartAsync();

        Assert.Empty(bench.Allocator.Conflicts);
        Assert.Equal("10.88.5.0/26", Assert.Single(Assert.Single(bench.Allocator.Usage(bench.Pools)).Blocks).Cidr.ToString());
        Assert.Equal("InUse", await bench.TakeAsync("10.88.5.1"));
        bench.Detach(record);
        Assert.Equal("10.88.5.1", await bench.TakeAsync("10.88.5.1"));
    }

    [Fact]
    public async Task An_address_whose_block_another_node_has_is_reported()
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync("four 10.88.0.0/16");
        await bench.AttachAsync("10.88.5.1");
        AttachmentRecord stranger = await bench.AttachAsync();
        await bench.LoseStoreAsync();
        await new BlockClaims(bench.Embedded, 2).ClaimAsync(Layout(bench), Cidr.Parse("10.88.5.0/26"), default);

        await bench.RestartAsync();

        Assert.Equal(2, bench.Allocator.Conflicts.Count);
        Assert.Contains("node 2", bench.Allocator.Conflicts[0].Reason, StringComparison.Ordinal);
        Assert.Equal("10.88.0.1", await bench.TakeAsync());
        bench.Detach(stranger);
        Assert.Single(bench.Allocator.Conflicts);
    }

    [Fact]
    public async Task A_pool_without_used_addresses_can_be_forgotten()
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync("four 10.88.0.0/16");
        AttachmentRecord record = await bench.AttachAsync();
        Assert.False(await bench.Allocator.ForgetPoolAsync("four", default));
        bench.Detach(record);

        Assert.True(await bench.Allocator.ForgetPoolAsync("four", default));
        Assert.True(await bench.Allocator.ForgetPoolAsync("four", default));
        Assert.Empty((await bench.Store.RangeAsync(StoreKeys.Blocks, default)).Entries);
    }

    [Fact]
    public async Task A_jump_of_the_wall_clock_does_not_shorten_a_cool_down()
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync("four 10.88.0.0/30 30");
        AttachmentRecord record = await bench.AttachAsync();
        await bench.AttachAsync();
        bench.Detach(record);
        bench.Time.WallOffset = TimeSpan.FromDays(1);

        Assert.Equal("exhausted", await bench.TakeAsync());
        bench.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal("10.88.0.1", await bench.TakeAsync());
    }

    private static PoolLayout Layout(AllocatorBench bench) =>
        PoolLayout.TryCreate(bench.Pools[0], out PoolLayout? layout, out _) ? layout : throw new InvalidOperationException("the pool is not valid");
}
