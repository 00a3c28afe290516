using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Networks;

namespace Weft.NetDaemon.Tests.Networks;

public sealed class PoolRulesTests
{
    [Theory]
    [InlineData("10.83.0.0/16", "10.83.0.0/16")]
    [InlineData("FD00:0:0::/56", "fd00::/56")]
    [InlineData("192.168.1.0/30", "192.168.1.0/30")]
    public void Good_ranges_are_read_and_spelled_canonically(string text, string canonical)
    {
        Assert.True(PoolRules.TryParseRange(text, out Cidr range, out string problem), problem);
        Assert.Equal(canonical, range.ToString());
    }

    [Theory]
    [InlineData("10.0.0.1/16", "has bits set beyond its prefix; write 10.0.0.0/16")]
    [InlineData("fd00::1/64", "has bits set beyond its prefix; write fd00::/64")]
    [InlineData("10.0.0.0", "has no prefix length")]
    [InlineData("10.0.0.0/33", "has no prefix length of 0 to 32")]
    [InlineData("10.0.0.0/08", "has no prefix length of 0 to 32")]
    [InlineData("10.0.0.0/-1", "has no prefix length of 0 to 32")]
    [InlineData("fd00::/129", "has no prefix length of 0 to 128")]
    [InlineData("10.1/16", "is not an address range")]
    [InlineData("010.0.0.0/8", "is not an address range")]
    [InlineData("fe80::%eth0/64", "is not an address range")]
    [InlineData("::ffff:10.0.0.0/104", "is not an address range")]
    [InlineData("", "is not an address range")]
    [InlineData("127.0.0.0/16", "overlaps 127.0.0.0/8 (loopback)")]
    [InlineData("169.254.0.0/24", "overlaps 169.254.0.0/16")]
    [InlineData("240.0.0.0/8", "overlaps 224.0.0.0/3")]
    [InlineData("0.0.0.0/0", "overlaps 0.0.0.0/8")]
    [InlineData("fe80::/64", "overlaps fe80::/10")]
    [InlineData("10.0.0.0/31", "is not a /8 to a /30")]
    [InlineData("fd00::/127", "is not a /8 to a /126")]
    public void Bad_ranges_are_refused_with_what_to_write(string text, string expected)
    {
        Assert.False(PoolRules.TryParseRange(text, out _, out string problem));
        Assert.StartsWith(expected, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.0.0.0/16", 26, true)]
    [InlineData("10.0.0.0/16", 16, false)]     // 65,536 addresses are more than a block may have
    [InlineData("10.0.0.0/24", 24, true)]
    [InlineData("10.0.0.0/24", 23, false)]
    [InlineData("10.0.0.0/24", 32, true)]
    [InlineData("10.0.0.0/24", 33, false)]
    [InlineData("10.0.0.0/8", 28, true)]
    [InlineData("10.0.0.0/8", 29, false)]      // more than 2^20 blocks
    [InlineData("fd00::/56", 122, true)]
    [InlineData("fd00::/56", 64, false)]
    public void Block_sizes_fit_their_range(string range, uint blockSize, bool fits) =>
        Assert.Equal(fits, PoolRules.CheckBlockSize(Cidr.Parse(range), blockSize) is null);

    [Fact]
    public void Every_allowed_pool_is_one_that_the_allocator_takes()
    {
        string[] ranges = ["10.0.0.0/8", "10.0.0.0/16", "10.0.0.0/26", "10.0.0.0/30", "fd00::/56", "fd00::/120", "fd00::/126"];
        foreach (string range in ranges)
        {
            for (uint blockSize = 1; blockSize <= 128; blockSize++)
            {
                if (PoolRules.CheckBlockSize(Cidr.Parse(range), blockSize) is null)
                {
                    var pool = new Contracts.V1.Pool { Name = "p", Network = "n", Cidr = range, BlockSize = blockSize };
                    Assert.True(PoolLayout.TryCreate(pool, out _, out IReadOnlyList<string> problems), string.Join("; ", problems));
                }
            }
        }
    }
}
