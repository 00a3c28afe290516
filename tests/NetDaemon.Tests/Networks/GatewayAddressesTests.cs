using System.Net;
using Weft.NetDaemon.Networks;

namespace Weft.NetDaemon.Tests.Networks;

public sealed class GatewayAddressesTests
{
    [Theory]
    [InlineData(1, "169.254.1.1")]
    [InlineData(254, "169.254.1.254")]
    [InlineData(255, "169.254.2.1")]
    [InlineData(4835, "169.254.20.9")]
    [InlineData(4836, "169.254.20.11")]
    [InlineData(42671, "169.254.168.254")]
    [InlineData(42672, "169.254.171.1")]
    [InlineData(64007, "169.254.254.254")]
    public void A_number_counts_on_through_the_allowed_addresses(uint number, string address) =>
        Assert.Equal(address, GatewayAddresses.ForNetwork(number).ToString());

    [Fact]
    public void All_numbers_have_addresses_of_their_own_outside_the_reserved_ones()
    {
        HashSet<IPAddress> seen = [];
        for (uint number = 1; number <= GatewayAddresses.MaximumNumber; number++)
        {
            IPAddress address = GatewayAddresses.ForNetwork(number);
            byte[] bytes = address.GetAddressBytes();
            Assert.True(seen.Add(address), $"{address} twice");
            Assert.True(bytes[0] == 169 && bytes[1] == 254, $"{address} is not link-local");
            Assert.True(bytes[2] is not (0 or 169 or 170 or 255), $"{address} is taken by others");
            Assert.True(bytes[3] is not (0 or 255), $"{address} looks like a network or broadcast address");
            Assert.NotEqual("169.254.20.10", address.ToString());
        }
        Assert.Equal(64007, seen.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(64008)]
    public void Other_numbers_are_refused(uint number) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => GatewayAddresses.ForNetwork(number));
}
