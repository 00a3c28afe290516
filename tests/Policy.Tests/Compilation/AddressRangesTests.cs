using System.Net;
using CsCheck;
using Weft.Policy.Model;

namespace Weft.Policy.Tests.Compilation;

public sealed class AddressRangesTests
{
    private static readonly Gen<IPAddress> Addresses = Gen.OneOf(
        Gen.Select(Gen.Byte[250, 255], Gen.Byte).Select(b => new IPAddress([255, 255, b.Item1, b.Item2])),
        Gen.Select(Gen.Bool.Select(high => (byte)(high ? 255 : 0)), Gen.Byte).Select(b => new IPAddress([.. Enumerable.Repeat(b.Item1, 15), b.Item2])));

    private static readonly Gen<Cidr> Blocks = Gen.Select(Addresses, Gen.Int[0, 12]).Select((address, bits) => Cidr.Containing(address, (address.GetAddressBytes().Length * 8) - bits));

    private static readonly Gen<Cidr[]> Several = Blocks.Array[0, 6];

    [Fact]
    public void An_address_is_in_a_difference_if_it_is_in_the_one_and_not_in_the_other() =>
        Gen.Select(Several, Several, Addresses.Array[20]).Sample((from, without, addresses) =>
        {
            AddressRanges ranges = AddressRanges.Of(from).Except(AddressRanges.Of(without));
            IEnumerable<IPAddress> edges = from.Concat(without).SelectMany(block => new[] { block.First, block.Last });
            Assert.All(addresses.Concat(edges), address =>
                Assert.Equal(from.Any(block => block.Contains(address)) && !without.Any(block => block.Contains(address)), ranges.Contains(address)));
        });

    [Fact]
    public void Intervals_are_sorted_disjoint_and_do_not_touch() =>
        Gen.Select(Several, Several).Sample((from, without) =>
        {
            (IPAddress First, IPAddress Last)[] intervals = [.. AddressRanges.Of(from).Except(AddressRanges.Of(without)).Intervals];
            Assert.All(intervals, interval => Assert.True(AddressNumber.Of(interval.First) <= AddressNumber.Of(interval.Last)));
            Assert.All(intervals.Zip(intervals.Skip(1)).Where(pair => pair.First.First.AddressFamily == pair.Second.First.AddressFamily),
                pair => Assert.True(AddressNumber.Of(pair.First.Last) + 1 < AddressNumber.Of(pair.Second.First)));
        });

    [Theory]
    [InlineData("0.0.0.0/0", "0.0.0.0/0", "")]
    [InlineData("0.0.0.0/0", "255.255.255.255/32", "0.0.0.0-255.255.255.254")]
    [InlineData("::/0", "::/128", "::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("10.0.0.0/24", "10.0.0.64/26", "10.0.0.0-10.0.0.63 10.0.0.128-10.0.0.255")]
    [InlineData("::/0", "10.0.0.0/8", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    public void Exceptions_are_cut_out(string whole, string except, string expected) =>
        Assert.Equal(expected, AddressRanges.Of(Cidr.Parse(whole)).Except(AddressRanges.Of(Cidr.Parse(except))).ToString());
}
