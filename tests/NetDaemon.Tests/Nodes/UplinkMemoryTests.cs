using System.Net;
using Microsoft.Extensions.Time.Testing;
using Weft.NetDaemon.Nodes;

namespace Weft.NetDaemon.Tests.Nodes;

/// <summary>What other nodes are told while the underlay changes.</summary>
public sealed class UplinkMemoryTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Another_address_is_told_at_once_and_the_same_again_is_no_change()
    {
        var memory = new UplinkMemory(Uplink("192.0.2.1 2001:db8::1"), _time);

        Assert.False(memory.Take(Uplink("192.0.2.1 2001:db8::1")));
        Assert.True(memory.Take(Uplink("192.0.2.7 2001:db8::1")));
        Assert.Equal("eth0 1500 192.0.2.7 2001:db8::1", Text(memory));
        Assert.True(memory.Take(Uplink("192.0.2.7 2001:db8::1", mtu: 1400, name: "ens3")));
        Assert.Equal("ens3 1400 192.0.2.7 2001:db8::1", Text(memory));
    }

    [Fact]
    public void A_node_that_has_no_address_any_more_stays_what_it_was_for_as_long_as_that_is_so()
    {
        var memory = new UplinkMemory(Uplink("192.0.2.1"), _time);

        Assert.False(memory.Take(Uplink("")));
        _time.Advance(TimeSpan.FromDays(1));
        Assert.False(memory.Take(Uplink("")));
        Assert.Equal("eth0 1500 192.0.2.1", Text(memory));
        Assert.True(memory.Take(Uplink("192.0.2.9")));
        Assert.Equal("eth0 1500 192.0.2.9", Text(memory));
    }

    [Fact]
    public void A_family_that_is_gone_is_kept_for_a_minute_and_comes_back_unnoticed_within_it()
    {
        var memory = new UplinkMemory(Uplink("192.0.2.1 2001:db8::1"), _time);

        Assert.False(memory.Take(Uplink("2001:db8::1")));
        _time.Advance(UplinkMemory.Patience - TimeSpan.FromSeconds(1));
        Assert.False(memory.Take(Uplink("2001:db8::1")));
        Assert.False(memory.Take(Uplink("192.0.2.1 2001:db8::1")));
        Assert.False(memory.Take(Uplink("2001:db8::1")));
        _time.Advance(UplinkMemory.Patience);
        Assert.True(memory.Take(Uplink("2001:db8::1")));
        Assert.Equal("eth0 1500 2001:db8::1", Text(memory));
    }

    [Fact]
    public void A_node_that_starts_without_an_address_tells_the_first_that_it_gets()
    {
        var memory = new UplinkMemory(Uplink(""), _time);

        Assert.True(memory.Take(Uplink("2001:db8::1")));
        Assert.True(memory.Take(Uplink("192.0.2.1 2001:db8::1")));
        Assert.Equal("eth0 1500 192.0.2.1 2001:db8::1", Text(memory));
    }

    private static Uplink Uplink(string addresses, int mtu = 1500, string name = "eth0") =>
        new(name, mtu, [.. addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(IPAddress.Parse)]);

    private static string Text(UplinkMemory memory) => $"{memory.Current.Name} {memory.Current.Mtu} {string.Join(' ', memory.Current.Addresses)}";
}
