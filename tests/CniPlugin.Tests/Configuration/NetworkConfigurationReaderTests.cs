using System.Text;
using System.Text.Json;
using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Errors;

namespace Weft.CniPlugin.Tests.Configuration;

public sealed class NetworkConfigurationReaderTests
{
    [Fact]
    public void A_name_and_a_version_are_all_that_a_configuration_needs()
    {
        NetworkConfiguration configuration = Read("""{"cniVersion":"1.0.0","name":"net","type":"weft-cni"}""");

        Assert.Equal((CniVersion.V100, "net", "/run/weft/cni.sock", "", ""),
            (configuration.Version, configuration.Name, configuration.Socket, configuration.WeftNetwork, configuration.ContainerdAddress));
        Assert.Null(configuration.PreviousResult);
    }

    [Fact]
    public void Keys_are_matched_without_case_and_the_last_of_equal_ones_counts()
    {
        NetworkConfiguration configuration = Read(
            """{"CNIVERSION":"0.4.0","Name":"first","NAME":"net","Socket":"/a/b","NetWork":"blue","Containerd":"unix:///run/c.sock"}""");

        Assert.Equal((CniVersion.V040, "net", "/a/b", "blue", "/run/c.sock"),
            (configuration.Version, configuration.Name, configuration.Socket, configuration.WeftNetwork, configuration.ContainerdAddress));
    }

    [Theory]
    [InlineData("""{"a":[1],"A":null}""", null)]
    [InlineData("""{"a":"x","A":null}""", "\"x\"")]
    [InlineData("""{"a":null,"A":2}""", "2")]
    [InlineData("""{"A":1,"a":2}""", "2")]
    public void A_null_behind_a_value_takes_away_lists_only_as_in_Go(string json, string? expected) =>
        Assert.Equal(expected, JsonKeys.Find(NetworkConfigurationReader.Decode(Encoding.UTF8.GetBytes(json)), "a")?.GetRawText());

    [Fact]
    public void Nulls_and_unknown_keys_are_as_good_as_absent()
    {
        NetworkConfiguration configuration = Read(
            """
            {"cniVersion":"1.1.0","name":"net","socket":null,"network":null,"containerd":null,"prevResult":null,"capabilities":{"portMappings":true},
             "cni.dev/x":[1e999,4294967295,18446744073709551616],"ipam":{"type":"host-local"},"runtimeConfig":null,"args":null,"dns":{}}
            """);

        Assert.Equal("/run/weft/cni.sock", configuration.Socket);
        Assert.Null(configuration.PreviousResult);
    }

    [Theory]
    [InlineData("""{"name":"net"}""", "0.1.0")]
    [InlineData("""{"cniVersion":null,"name":"net"}""", "0.1.0")]
    [InlineData("""{"cniVersion":"0.1.0","name":"net"}""", "0.1.0")]
    [InlineData("""{"cniVersion":"0.2.0","name":"net"}""", "0.2.0")]
    [InlineData("""{"cniVersion":"9.9.9","name":"net"}""", "9.9.9")]
    [InlineData("""{"cniVersion":"","name":"net"}""", "\"\"")]
    public void Another_version_is_incompatible_and_the_error_lists_both_sides(string json, string version)
    {
        CniError error = Refusal(json);

        Assert.Equal(CniErrorCode.IncompatibleVersion, error.Code);
        Assert.Contains(version, error.Message, StringComparison.Ordinal);
        Assert.Contains("[0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0]", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"cniVersion":"1.0.0"}""", "\"name\" is missing")]
    [InlineData("""{"cniVersion":"1.0.0","name":""}""", "\"name\" is missing")]
    [InlineData("""{"cniVersion":"1.0.0","name":"a/b"}""", "\"a/b\"")]
    [InlineData("""{"cniVersion":"1.0.0","name":"-a"}""", "\"-a\"")]
    [InlineData("""{"cniVersion":"1.0.0","name":7}""", "not 7")]
    [InlineData("""{"cniVersion":"1.0.0","name":"net","socket":"cni.sock"}""", "\"cni.sock\" is not an absolute path")]
    [InlineData("""{"cniVersion":"1.0.0","name":"net","socket":["/a"]}""", "\"socket\" must be a string")]
    [InlineData("""{"cniVersion":"1.0.0","name":"net","network":"a b"}""", "\"a b\"")]
    [InlineData("""{"cniVersion":"1.0.0","name":"net","containerd":"run/c.sock"}""", "\"run/c.sock\"")]
    public void A_wrong_value_is_named(string json, string text)
    {
        CniError error = Refusal(json);

        Assert.Equal(CniErrorCode.InvalidConfiguration, error.Code);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_socket_path_that_no_socket_can_have_is_refused() =>
        Assert.Contains("107 bytes", Refusal($$"""{"cniVersion":"1.0.0","name":"net","socket":"/{{new string('a', 107)}}"}""").Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("{nope")]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    [InlineData("null")]
    [InlineData("{} {}")]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"\udc00":1}""")]
    public void What_is_no_json_object_cannot_be_decoded(string text)
    {
        CniException e = Assert.Throws<CniException>(() => NetworkConfigurationReader.Decode(Encoding.UTF8.GetBytes(text)));

        Assert.Equal(CniErrorCode.Undecodable, e.Error.Code);
    }

    [Fact]
    public void Bytes_that_are_not_utf8_cannot_be_decoded()
    {
        CniException e = Assert.Throws<CniException>(() => NetworkConfigurationReader.Decode((byte[])[.. "{\"a\":\""u8, 0xff, .. "\"}"u8]));

        Assert.Equal(CniErrorCode.Undecodable, e.Error.Code);
    }

    [Fact]
    public void An_absurdly_deep_configuration_is_refused_not_followed()
    {
        string json = new string('[', 100_000) + new string(']', 100_000);

        CniException e = Assert.Throws<CniException>(() => NetworkConfigurationReader.Decode(Encoding.UTF8.GetBytes($$"""{"a":{{json}}}""")));

        Assert.Equal(CniErrorCode.Undecodable, e.Error.Code);
    }

    [Fact]
    public void An_absurdly_long_configuration_is_refused()
    {
        using var stream = new MemoryStream(new byte[StandardInput.MaximumLength + 1]);

        CniException e = Assert.Throws<CniException>(() => StandardInput.ReadAll(stream));

        Assert.Equal(CniErrorCode.Undecodable, e.Error.Code);
        Assert.Contains($"{StandardInput.MaximumLength} bytes", e.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_of_the_longest_length_is_read_whole()
    {
        byte[] bytes = new byte[StandardInput.MaximumLength];
        new Random(1).NextBytes(bytes);
        using var stream = new MemoryStream(bytes);

        Assert.True(StandardInput.ReadAll(stream).Span.SequenceEqual(bytes));
    }

    [Fact]
    public void Dns_is_read_with_any_case_and_nulls()
    {
        JsonElement root = NetworkConfigurationReader.Decode("""{"DNS":{"Nameservers":["10.96.0.10"],"Search":null,"domain":"a.b","options":["ndots:5"]}}"""u8.ToArray());
        var problems = new ProblemList();

        DnsSettings dns = DnsReader.Read(root, IpamSettings.None, problems);

        Assert.Equal(0, problems.Count);
        Assert.Equal(["10.96.0.10"], dns.Nameservers);
        Assert.Equal("a.b", dns.Domain);
        Assert.Empty(dns.Search);
        Assert.Equal(["ndots:5"], dns.Options);
    }

    [Theory]
    [InlineData("""{"dns":7}""")]
    [InlineData("""{"dns":{"nameservers":"10.0.0.1"}}""")]
    [InlineData("""{"dns":{"nameservers":[1]}}""")]
    public void Dns_of_another_shape_is_refused(string json)
    {
        var problems = new ProblemList();

        _ = DnsReader.Read(NetworkConfigurationReader.Decode(Encoding.UTF8.GetBytes(json)), IpamSettings.None, problems);

        Assert.Equal(CniErrorCode.InvalidConfiguration, problems.ToError().Code);
    }

    private static NetworkConfiguration Read(string json)
    {
        var problems = new ProblemList();
        NetworkConfiguration? configuration = NetworkConfigurationReader.Read(NetworkConfigurationReader.Decode(Encoding.UTF8.GetBytes(json)), problems);
        problems.ThrowIfAny();
        return configuration!;
    }

    private static CniError Refusal(string json) => Assert.Throws<CniException>(() => Read(json)).Error;
}
