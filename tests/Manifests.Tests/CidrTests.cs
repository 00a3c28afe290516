using System.Net;
using System.Net.Sockets;
using CsCheck;
using Weft.Manifests.Addresses;

namespace Weft.Manifests.Tests;

public sealed class CidrTests
{
    private static readonly Gen<IPAddress> Address = Gen.OneOf(
        Gen.Byte.Array[4].Select(b => new IPAddress(b)), Gen.Byte.Array[16].Select(b => new IPAddress(b)));

    private static readonly Gen<Cidr> Any =
        Gen.Select(Address, Gen.Int[0, 128]).Select((a, l) => Cidr.Containing(a, a.AddressFamily == AddressFamily.InterNetwork ? l % 33 : l));

    [Fact]
    public void Text_and_value_round_trip() => Any.Sample(c => Cidr.Parse(c.ToString()) == c);

    [Fact]
    public void A_range_contains_its_ends_and_not_what_is_beside_them() => Any.Sample(c =>
    {
        Assert.True(c.Contains(c.First) && c.Contains(c.Last));
        Assert.Equal(c.LastOffset, c.OffsetOf(c.Last));
        Assert.Equal(c.Last, c.AddressAt(c.LastOffset));
        UInt128 all = c.Width == 32 ? uint.MaxValue : UInt128.MaxValue;
        if (AddressNumber.Of(c.Last) < all)
        {
            Assert.False(c.Contains(AddressNumber.ToAddress(c.Family, AddressNumber.Of(c.Last) + 1)));
        }
        if (c.Network > 0)
        {
            Assert.False(c.Contains(AddressNumber.ToAddress(c.Family, c.Network - 1)));
        }
    });

    [Fact]
    public void Two_ranges_overlap_only_if_one_contains_the_other() => Gen.Select(Any, Any).Sample((a, b) =>
        a.Overlaps(b) == (a.Family == b.Family && a.Network <= b.Network + b.LastOffset && b.Network <= a.Network + a.LastOffset));

    [Fact]
    public void Parts_lie_side_by_side_and_fill_the_range() =>
        Gen.Select(Any, Gen.Int[0, 12]).Where((c, more) => c.PrefixLength + more <= c.Width).Sample((c, more) =>
        {
            int length = c.PrefixLength + more;
            UInt128 last = c.LastPartIndex(length);
            Assert.Equal((UInt128)(1 << more) - 1, last);
            Assert.Equal(c.First, c.Part(0, length).First);
            Assert.Equal(c.Last, c.Part(last, length).Last);
            for (UInt128 i = 1; i <= last; i++)
            {
                Assert.Equal(AddressNumber.Of(c.Part(i - 1, length).Last) + 1, c.Part(i, length).Network);
            }
            Assert.Throws<ArgumentOutOfRangeException>(() => c.Part(last + 1, length));
        }, iter: 300);

    [Fact]
    public void Order_is_that_of_the_addresses() => Gen.Select(Any, Any).Sample((a, b) =>
        a.Family != b.Family || a.Network == b.Network || (a.CompareTo(b) < 0) == (a.Network < b.Network));

    [Theory]
    [InlineData("10.0.0.0/8", "10.0.0.0/8")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("192.0.2.1/32", "192.0.2.1/32")]
    [InlineData("FD00:0:0::/64", "fd00::/64")]
    [InlineData("::/0", "::/0")]
    [InlineData("2001:db8::1/128", "2001:db8::1/128")]
    public void Text_is_read_and_made_canonical(string text, string canonical) => Assert.Equal(canonical, Cidr.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("10.0.0.0")]
    [InlineData("/8")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/+8")]
    [InlineData("10.0.0.0/08")]
    [InlineData("10.0.0.0/ 8")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData("10.0.0.0/255.0.0.0")]
    [InlineData("10.0.0.1/8")]
    [InlineData("10.0/16")]
    [InlineData("010.0.0.0/8")]
    [InlineData("0xa.0.0.0/8")]
    [InlineData("167772160/8")]
    [InlineData("10.0.0.256/32")]
    [InlineData("fd00::/129")]
    [InlineData("fd00::1/64")]
    [InlineData("[fd00::]/64")]
    [InlineData("fe80::%1/64")]
    [InlineData("fd00::/99999999999999999999")]
    public void Text_that_is_no_prefix_is_refused(string text)
    {
        Assert.False(Cidr.TryParse(text, out _));
        Assert.Throws<FormatException>(() => Cidr.Parse(text));
    }

    [Fact]
    public void Any_text_is_read_or_refused_without_an_exception() => Gen.String.Sample(text =>
    {
        _ = Cidr.TryParse(text, out _);
    });

    [Fact]
    public void The_default_is_no_range()
    {
        Assert.Equal("none", default(Cidr).ToString());
        Assert.False(default(Cidr).Contains(IPAddress.Any));
        Assert.False(default(Cidr).Overlaps(Cidr.Parse("0.0.0.0/0")));
    }
}
