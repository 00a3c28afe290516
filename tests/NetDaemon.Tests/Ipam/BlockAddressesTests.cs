using System.Net;
using Weft.NetDaemon.Ipam;

namespace Weft.NetDaemon.Tests.Ipam;

public sealed class BlockAddressesTests
{
    private static readonly TimeSpan CoolDown = TimeSpan.FromSeconds(60);
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly BlockAddresses _block = new(Cidr.Parse("10.0.0.0/30"), CoolDown);
    private DateTimeOffset _now = Start;

    [Fact]
    public void Never_used_addresses_come_first_in_order() => Assert.Equal(["0", "1", "2", "3", "none"], [Take(), Take(), Take(), Take(), Take()]);

    [Fact]
    public void A_fresh_address_is_preferred_to_a_cooled_one()
    {
        Take();
        Release("0");
        Wait(61);

        Assert.Equal("1", Take());
    }

    [Fact]
    public void Released_addresses_come_back_in_the_order_of_release_once_cooled()
    {
        TakeAll();
        Release("2");
        Wait(30);
        Release("0");
        Wait(29);
        Assert.Equal("none", Take());
        Wait(1);
        Assert.Equal(["2", "none"], [Take(), Take()]);
        Wait(30);
        Assert.Equal(["0", "none"], [Take(), Take()]);
    }

    [Fact]
    public void An_unused_address_goes_back_to_the_front()
    {
        Take();
        Take();
        Assert.True(_block.ReturnUnused(Address("0")));

        Assert.Equal(["0", "2"], [Take(), Take()]);
    }

    [Fact]
    public void A_cooling_address_that_was_taken_by_name_and_not_used_goes_on_cooling()
    {
        TakeAll();
        Release("1");
        Wait(1);
        Release("0");
        Assert.True(_block.TryTake(Address("1")));
        Assert.True(_block.ReturnUnused(Address("1")));

        Assert.Equal("none", Take());
        Wait(59);
        Assert.Equal(["1", "none"], [Take(), Take()]);
    }

    [Fact]
    public void A_certain_address_can_be_taken_once()
    {
        Assert.True(_block.TryTake(Address("1")));
        Assert.False(_block.TryTake(Address("1")));
        Assert.Equal(["0", "2", "3", "none"], [Take(), Take(), Take(), Take()]);
    }

    [Fact]
    public void Counts_add_up()
    {
        Take();
        Take();
        Release("0");
        Assert.Equal((4, 1, 2, 1), (_block.Size, _block.Used, _block.Fresh, _block.Cooling(_now)));
        Wait(60);
        Assert.Equal((4, 1, 2, 0), (_block.Size, _block.Used, _block.Fresh, _block.Cooling(_now)));
    }

    [Fact]
    public void Reserved_addresses_are_given_to_nobody()
    {
        var block = new BlockAddresses(Cidr.Parse("10.0.0.0/31"), CoolDown, a => a.Equals(Address("0")));

        Assert.False(block.TryTake(Address("0")));
        Assert.Equal(Address("1"), block.TryTake(new BlockTurn(_now)));
        Assert.Null(block.TryTake(new BlockTurn(_now)));
        Assert.Equal(1, block.Size);
    }

    [Fact]
    public void Giving_back_what_is_not_in_use_does_nothing()
    {
        Assert.False(_block.Release(Address("0"), _now));
        Assert.False(_block.ReturnUnused(Address("0")));
        Assert.Equal(4, _block.Fresh);
    }

    [Fact]
    public void A_clock_that_was_set_back_by_a_year_delays_reuse_by_one_cool_down_only()
    {
        TakeAll();
        Release("1");
        _now = Start.AddYears(-1);
        Assert.Equal("none", Take());
        Wait(60);

        Assert.Equal("1", Take());
    }

    [Fact]
    public void The_next_free_time_is_the_end_of_the_first_cool_down()
    {
        TakeAll();
        Assert.Null(_block.NextFree(_now));
        Release("3");
        Wait(10);
        Release("1");

        Assert.Equal(Start.AddSeconds(60), _block.NextFree(_now));
    }

    private static IPAddress Address(string last) => IPAddress.Parse("10.0.0." + last);

    private string Take() => _block.TryTake(new BlockTurn(_now))?.GetAddressBytes()[3].ToString() ?? "none";

    private void TakeAll() => Assert.Equal(["0", "1", "2", "3"], [Take(), Take(), Take(), Take()]);

    private void Release(string last) => Assert.True(_block.Release(Address(last), _now));

    private void Wait(int seconds) => _now += TimeSpan.FromSeconds(seconds);
}
