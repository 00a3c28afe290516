using Weft.CniPlugin.Errors;
using Weft.Contracts.Cni;

namespace Weft.CniPlugin.Tests.Configuration;

public sealed class BandwidthReaderTests
{
    [Theory]
    [InlineData(""" "runtimeConfig":{"bandwidth":{"IngressRate":10000000,"IngressBurst":4294967295,"EgressRate":0,"EgressBurst":0}} """, "10000000 4294967295 0 0")]
    [InlineData(""" "runtimeConfig":{"bandwidth":{"egressRate":18446744073709551615}} """, "0 0 18446744073709551615 0")]
    [InlineData(""" "ingressRate":1000,"ingressBurst":2000,"egressRate":3000,"egressBurst":4000 """, "1000 2000 3000 4000")]
    [InlineData(""" "ingressRate":1000,"ingressBurst":2000,"egressRate":3000,"runtimeConfig":{"bandwidth":{"ingressRate":5}} """, "5 0 3000 0")]
    [InlineData(""" "runtimeConfig":{"bandwidth":{}} """, "none")]
    [InlineData(""" "runtimeConfig":{"bandwidth":null},"ingressBurst":7 """, "none")]
    public void Limits_are_passed_on_as_they_are_and_the_runtime_counts_first(string keys, string expected)
    {
        Bandwidth? limits = Wishes.Of(keys).Bandwidth;

        Assert.Equal(expected, limits is null ? "none" : $"{limits.IngressRate} {limits.IngressBurst} {limits.EgressRate} {limits.EgressBurst}");
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("0.5")]
    [InlineData("1e6")]
    [InlineData("18446744073709551616")]
    [InlineData("\"10M\"")]
    public void What_is_no_whole_number_is_refused(string value)
    {
        foreach (string keys in (string[])[$"\"ingressRate\":{value}", $$$"""  "runtimeConfig":{"bandwidth":{"egressBurst":{{{value}}}}}"""])
        {
            CniError error = Wishes.RefusalOf(keys);

            Assert.Equal(CniErrorCode.InvalidConfiguration, error.Code);
            Assert.Contains($"not {value}", error.Message, StringComparison.Ordinal);
        }
    }
}
