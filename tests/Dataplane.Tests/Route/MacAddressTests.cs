using CsCheck;
using Weft.Dataplane.Route;

namespace Weft.Dataplane.Tests.Route;

public sealed class MacAddressTests
{
    [Fact]
    public void Text_and_bytes_describe_the_same_address() => Gen.Byte.Array[6].Sample(bytes =>
    {
        var address = new MacAddress(bytes);
        Assert.Equal(bytes, address.ToByteArray());
        Assert.Equal(address, MacAddress.Parse(address.ToString()));
        Assert.Equal(address, MacAddress.Parse(address.ToString().ToUpperInvariant().Replace(':', '-')));
        string pairs = Convert.ToHexString(bytes);
        Assert.Equal(address, MacAddress.Parse($"{pairs[..4]}.{pairs[4..8]}.{pairs[8..]}"));
        Assert.Equal((bytes[0] & 1) != 0, address.IsMulticast);
    });

    [Theory]
    [InlineData("")]
    [InlineData("02:57:00:00:00")]
    [InlineData("02:57:00:00:00:0g")]
    [InlineData("02:57:00:00:00:+1")]
    [InlineData("02:57:00:00:00:01:")]
    [InlineData("02.57.00.00.00.01")]
    [InlineData("0257:0000:0001")]
    [InlineData("0257.0000.000")]
    [InlineData("0257.0000.0001.")]
    public void Other_text_is_refused(string text)
    {
        Assert.False(MacAddress.TryParse(text, out _));
        Assert.Throws<FormatException>(() => MacAddress.Parse(text));
    }

    [Fact]
    public void Any_text_is_read_or_leaves_the_default() => Gen.String[0, 20].Sample(
        text => MacAddress.TryParse(text, out MacAddress address) || address == default);

    [Fact]
    public void It_prints_as_ip_prints_it() => Assert.Equal("02:57:0a:00:ff:01", new MacAddress([2, 0x57, 10, 0, 255, 1]).ToString());
}
