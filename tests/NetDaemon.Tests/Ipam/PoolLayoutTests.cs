using System.Net;
using Weft.Contracts.V1;
using Weft.NetDaemon.Ipam;

namespace Weft.NetDaemon.Tests.Ipam;

public sealed class PoolLayoutTests
{
    [Theory]
    [InlineData("10.88.0.0/16", 0u, 26)]
    [InlineData("10.88.0.0/29", 0u, 29)]
    [InlineData("10.88.0.0/16", 24u, 24)]
    [InlineData("fd00::/64", 0u, 122)]
    [InlineData("fd00::/56", 120u, 120)]
    [InlineData("fd00::/124", 0u, 124)]
    public void A_block_has_the_size_asked_for_or_a_good_one(string cidr, uint asked, int size)
    {
        Assert.True(PoolLayout.TryCreate(new Pool { Name = "p", Cidr = cidr, BlockSize = asked }, out PoolLayout? layout, out _));
        Assert.Equal(size, layout.BlockSize);
    }

    [Theory]
    [InlineData("10.0.0.1/8", 0u, "cidr:")]
    [InlineData("nonsense", 0u, "cidr:")]
    [InlineData("10.0.0.0/31", 0u, "cidr:")]
    [InlineData("0.0.0.0/0", 0u, "cidr:")]
    [InlineData("::/0", 0u, "cidr:")]
    [InlineData("10.88.0.0/16", 8u, "blockSize:")]
    [InlineData("10.88.0.0/16", 33u, "blockSize:")]
    [InlineData("10.88.0.0/16", 19u, "blockSize:")]
    [InlineData("10.88.0.0/16", uint.MaxValue, "blockSize:")]
    [InlineData("fd00::/64", 26u, "blockSize:")]
    public void What_is_wrong_is_said_by_field(string cidr, uint blockSize, string field)
    {
        Assert.False(PoolLayout.TryCreate(new Pool { Name = "p", Cidr = cidr, BlockSize = blockSize }, out _, out IReadOnlyList<string> problems));
        Assert.StartsWith(field, Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_wrong_is_said_at_once()
    {
        Assert.False(PoolLayout.TryCreate(new Pool { Cidr = "10.0.0.0/7", BlockSize = 99 }, out _, out IReadOnlyList<string> problems));
        Assert.Equal(2, problems.Count);
    }

    [Theory]
    [InlineData("10.0.0.0/24", "10.0.0.0", true)]
    [InlineData("10.0.0.0/24", "10.0.0.255", true)]
    [InlineData("10.0.0.0/24", "10.0.0.63", false)]
    [InlineData("10.0.0.0/24", "10.0.0.64", false)]
    [InlineData("10.0.0.0/24", "10.0.1.0", false)]
    [InlineData("fd00::/120", "fd00::", true)]
    [InlineData("fd00::/120", "fd00::ff", false)]
    public void Only_the_ends_of_the_whole_pool_are_reserved(string cidr, string address, bool reserved)
    {
        Assert.True(PoolLayout.TryCreate(new Pool { Cidr = cidr }, out PoolLayout? layout, out _));
        Assert.Equal(reserved, layout.IsReserved(IPAddress.Parse(address)));
    }
}
