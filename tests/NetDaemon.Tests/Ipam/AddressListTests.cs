using System.Net;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Ipam;

namespace Weft.NetDaemon.Tests.Ipam;

/// <summary>Several addresses of one family, and how a refusal counts.</summary>
public sealed class AddressListTests
{
    [Fact]
    public async Task Each_list_gives_one_address_in_their_order()
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync("a 10.1.0.0/24", "b 10.2.0.0/24", "six fd00::/64");

        Assert.Equal("10.2.0.9 10.1.0.1", await bench.TakeAsync(Lists("10.2.0.9-10.2.0.20", "10.1.0.0-10.1.0.255")));
        Assert.Equal("10.1.0.2 10.1.0.7 fd00::1", await bench.TakeAsync(Lists("10.1.0.0-10.1.0.6", "fd00::-fd00::ff", "10.1.0.7-10.1.0.9")));
    }

    [Fact]
    public async Task When_one_list_is_used_up_nothing_is_taken_from_the_other()
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync("a 10.1.0.0/24", "b 10.2.0.0/24");
        AddressWish wish = Lists("10.1.0.1-10.1.0.9", "10.2.0.1-10.2.0.1");
        await bench.AttachAsync(wish);

        var full = Assert.IsType<AllocationOutcome.Exhausted>(await bench.AllocateAsync(wish));

        Assert.Equal("no free address within 10.2.0.1 to 10.2.0.1 in pool b (10.2.0.0/24: within 1 in use, 0 cooling)", full.Message);
        Assert.Equal(1, bench.Allocator.Usage(bench.Pools)[0].Used);
    }

    [Fact]
    public async Task A_wanted_address_takes_the_place_of_its_list()
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync("a 10.1.0.0/24", "b 10.2.0.0/24");
        AddressWish wish = Lists("10.1.0.0-10.1.0.255", "10.2.0.0-10.2.0.255");

        Assert.Equal("10.1.0.1 10.2.0.77", await bench.TakeAsync(wish with { Wanted = [IPAddress.Parse("10.2.0.77")] }));
        Assert.Equal("10.1.0.5 10.2.0.5", await bench.TakeAsync(wish with { Wanted = [IPAddress.Parse("10.2.0.5"), IPAddress.Parse("10.1.0.5")] }));
        var second = Assert.IsType<AllocationOutcome.WantedUnavailable>(
            await bench.AllocateAsync(wish with { Wanted = [IPAddress.Parse("10.2.0.8"), IPAddress.Parse("10.2.0.9")] }));
        Assert.Equal("address 10.2.0.9 was asked for besides 10.2.0.8; an interface gets one from each list of ranges", second.Message);
        Assert.Equal("10.2.0.8", (await bench.TakeAsync(wish with { Wanted = [IPAddress.Parse("10.2.0.8")] })).Split(' ')[1]);
    }

    [Fact]
    public async Task An_endpoint_comes_back_for_the_addresses_of_both_lists()
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync("a 10.1.0.0/24");
        AddressWish wish = Lists("10.1.0.1-10.1.0.99", "10.1.0.100-10.1.0.199");
        AttachmentRecord web = await bench.AttachAsync(wish, "web");
        bench.Detach(web);
        bench.Detach(await bench.AttachAsync(wish));

        Assert.Equal("10.1.0.1 10.1.0.100", await bench.TakeAsync(wish with { Owner = web.Owner }));
    }

    [Fact]
    public async Task Exact_addresses_are_all_there_is_however_many_of_a_family()
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync("a 10.1.0.0/24", "six fd00::/64");

        Assert.Equal("10.1.0.9 10.1.0.3", await bench.TakeAsync(new AddressWish { Exact = true, Wanted = [IPAddress.Parse("10.1.0.9"), IPAddress.Parse("10.1.0.3")] }));
    }

    [Fact]
    public async Task A_refusal_counts_what_is_reserved_too()
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync("a 10.1.0.0/29 29");
        IPAddress[] held = [.. ((string[])["10.1.0.1", "10.1.0.2", "10.1.0.0", "10.9.9.9", "10.1.0.2"]).Select(IPAddress.Parse)];
        var wish = new AddressWish { WhyWithheld = a => held.Contains(a) ? "is reserved" : null, Withheld = () => held };
        AttachmentRecord own = await bench.AttachAsync("10.1.0.1");     // whose reservation it is, say
        for (int i = 0; i < 4; i++)
        {
            await bench.AttachAsync(wish);
        }

        var full = Assert.IsType<AllocationOutcome.Exhausted>(await bench.AllocateAsync(wish));

        Assert.Equal("no free address in pool a (10.1.0.0/29: 5 in use, 0 cooling, 1 reserved or withheld)", full.Message);
        Assert.Equal("add a Pool to the network, or remove containers", full.NextStep);
        bench.Detach(own);
        full = Assert.IsType<AllocationOutcome.Exhausted>(await bench.AllocateAsync(wish));
        Assert.Equal("no free address in pool a (10.1.0.0/29: 4 in use, 1 cooling, 1 reserved or withheld)", full.Message);
        Assert.Equal("add a Pool to the network, or remove containers", full.NextStep);   // the one that cools is reserved
        Assert.Equal(0u, Assert.Single(bench.Allocator.Usage(bench.Pools, _ => held)).Free);
    }

    private static AddressWish Lists(params string[] lists) => new()
    {
        Lists = [.. lists.Select(l => (IReadOnlyList<AddressInterval>)[AddressInterval.Create(IPAddress.Parse(l.Split('-')[0]), IPAddress.Parse(l.Split('-')[1]))])],
    };
}
