using System.Net;
using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Errors;
using Weft.Contracts.Cni;
using Weft.TestSupport;

namespace Weft.CniPlugin.Tests.Configuration;

/// <summary>Configurations written for the reference plugins, with "type" changed.</summary>
public sealed class ReferencePluginTests
{
    [Fact]
    public void Bridge_with_host_local_makes_a_network()
    {
        AttachmentWishes wishes = Wishes.Of(
            """
            "type":"weft-cni","bridge":"cni0","isGateway":true,"isDefaultGateway":false,"forceAddress":true,"ipMasq":true,"ipMasqBackend":"nftables","mtu":1400,
            "hairpinMode":true,"promiscMode":false,"vlan":0,"vlanTrunk":[],"preserveDefaultVlan":true,"macspoofchk":true,"enabledad":true,
            "disableContainerInterface":false,"portIsolation":false,"dns":{},
            "ipam":{"type":"host-local","ranges":[[{"subnet":"10.88.0.0/16","rangeStart":"10.88.1.0","rangeEnd":"10.88.2.9","gateway":"10.88.0.1"}],[{"subnet":"fd88::/64"}]],
                    "routes":[{"dst":"0.0.0.0/0"},{"dst":"::/0","gw":"fd88::1"},{"dst":"192.168.0.0/16"}],"dataDir":"/x"}
            """);

        NetworkTemplate template = wishes.Template!;
        Assert.Equal((true, 1400u), (template.Masquerade, template.Mtu));
        Assert.Equal(["0 10.88.0.0/16 10.88.1.0 10.88.2.9 10.88.0.1", "1 fd88::/64   fd88::1"], template.Ranges.Select(Text));
        Assert.Equal(template.Ranges, wishes.Ranges);
        Assert.Equal((true, true), (wishes.Routes.DefaultIPv4, wishes.Routes.DefaultIPv6));
        Assert.Equal([IPNetwork.Parse("192.168.0.0/16")], wishes.Routes.Further);
        Assert.Equal(1400, wishes.Mtu);
    }

    [Fact]
    public void Ranges_of_the_runtime_come_first_and_the_older_form_before_the_lists()
    {
        AttachmentWishes wishes = Wishes.Of(
            """
            "runtimeConfig":{"ipRanges":[[{"subnet":"10.1.0.0/24"},{"subnet":"10.2.0.0/24"}]]},
            "ipam":{"type":"host-local","subnet":"10.3.0.0/24","rangeStart":"10.3.0.9","ranges":[[{"Subnet":"10.4.0.0/24"}]]}
            """);

        Assert.Equal(["0 10.1.0.0/24   10.1.0.1", "0 10.2.0.0/24   10.2.0.1", "1 10.3.0.0/24 10.3.0.9  10.3.0.1", "2 10.4.0.0/24   10.4.0.1"], wishes.Ranges.Select(Text));
        Assert.False(wishes.Template!.Masquerade);
    }

    [Fact]
    public void Status_asks_for_the_same_network_as_ADD()
    {
        const string text = """ "ipMasq":true,"mtu":1400,"ipam":{"type":"host-local","ranges":[[{"subnet":"10.3.0.0/24"}],[{"subnet":"10.4.0.0/24"}]]} """;
        AttachmentWishes wishes = Wishes.Of(text);
        var problems = new ProblemList();

        (IReadOnlyList<AddressRange> ranges, NetworkTemplate? template) = AttachmentWishesReader.ReadNetwork(
            System.Text.Json.JsonDocument.Parse("{" + text + "}").RootElement, problems);

        problems.ThrowIfAny();
        Assert.Equal(wishes.Ranges, ranges);
        Assert.Equal(wishes.Template, template);
        Assert.False(wishes.Exact);
    }

    [Fact]
    public void A_network_without_a_default_route_stays_without_one()
    {
        const string ipam = """ "ipam":{"type":"host-local","subnet":"10.3.0.0/24"} """;

        Assert.False(Wishes.Of(ipam).Routes.DefaultIPv4);
        Assert.True(Wishes.Of($"\"isDefaultGateway\":true,{ipam}").Routes.DefaultIPv4);
        Assert.True(Wishes.Of(""" "ipam":{} """).Routes.DefaultIPv4);
        Assert.Equal(RouteWishes.Usual, Wishes.Of(""" "bridge":"cni0" """).Routes);
    }

    [Fact]
    public void Addresses_of_static_are_wanted_and_their_subnets_are_ranges_of_the_network()
    {
        AttachmentWishes wishes = Wishes.Of(
            """
            "ipam":{"type":"static","addresses":[{"address":"10.10.0.7/24","gateway":"10.10.0.254"},{"address":"fd10::7/64"}],
                    "routes":[{"dst":"0.0.0.0/0","gw":"10.10.0.254"}],"dns":{"nameservers":["10.10.0.2"],"search":["a.b"]}}
            """);

        Assert.Equal(["10.10.0.7", "fd10::7"], wishes.Addresses.Select(static a => a.ToString()));
        Assert.True(wishes.Exact);
        Assert.Equal(["0 10.10.0.0/24   10.10.0.254", "1 fd10::/64   "], wishes.Template!.Ranges.Select(Text));
        Assert.Empty(wishes.Ranges);
        Assert.Equal(["10.10.0.2"], wishes.Dns.Nameservers);
    }

    [Fact]
    public void A_configuration_that_names_a_Weft_Network_makes_none() =>
        Assert.Null(Wishes.Of(""" "network":"blue","ipam":{"type":"host-local","subnet":"10.3.0.0/24"} """).Template);

    [Fact]
    public void Dns_of_ipam_yields_to_the_configuration_and_that_to_the_runtime()
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, "# c\nnameserver 10.0.0.1\r\nsearch a b\ndomain x.y\noptions ndots:5\n");
        string ipam = $$$"""  "ipam":{"type":"host-local","subnet":"10.3.0.0/24","resolvConf":"{{{file}}}"} """;

        DnsSettings ofFile = Wishes.Of(ipam).Dns;
        DnsSettings own = Wishes.Of($$$"""{{{ipam}}},"dns":{"nameservers":["10.0.0.2"],"search":["c"]}""").Dns;
        DnsSettings runtime = Wishes.Of(
            $$$"""{{{ipam}}},"dns":{"nameservers":["10.0.0.2"],"search":["c"]},"runtimeConfig":{"dns":{"Servers":["10.0.0.3"],"Searches":[],"Options":null}}""").Dns;

        Assert.Equal(("10.0.0.1", "x.y", "a,b", "ndots:5"), Text(ofFile));
        Assert.Equal(("10.0.0.2", "", "c", ""), Text(own));
        Assert.Equal(("10.0.0.3", "", "c", ""), Text(runtime));
        File.Delete(file);
    }

    [Fact]
    public void A_resolvConf_that_is_no_small_regular_file_is_refused_at_once()
    {
        string directory = Directory.CreateTempSubdirectory("weft-").FullName;
        string pipe = Path.Combine(directory, "pipe");
        string large = Path.Combine(directory, "large");
        string fits = Path.Combine(directory, "fits");
        Programs.Run("mkfifo", [pipe]).Ok();
        File.WriteAllText(large, new string('#', ResolvConf.MaximumLength + 1));
        File.WriteAllText(fits, "nameserver 10.0.0.1\n".PadRight(ResolvConf.MaximumLength, '\n'));

        const string next = "name a file as in resolv.conf(5), at most 65536 bytes, or leave the key out";
        Assert.Contains($"\"ipam.resolvConf\": {pipe} is not a regular file: {next}", Refusal(pipe), StringComparison.Ordinal);
        Assert.Contains($"{directory} is not a regular file: {next}", Refusal(directory), StringComparison.Ordinal);
        Assert.Contains("/dev/zero is not a regular file: ", Refusal("/dev/zero"), StringComparison.Ordinal);
        Assert.Contains($"{large} is longer than 65536 bytes: ", Refusal(large), StringComparison.Ordinal);
        Assert.Contains($"{directory}/none cannot be read: no such file: ", Refusal($"{directory}/none"), StringComparison.Ordinal);
        Assert.Equal(["10.0.0.1"], Wishes.Of(Ipam(fits)).Dns.Nameservers);
        Directory.Delete(directory, recursive: true);

        static string Ipam(string path) => $$$"""  "ipam":{"type":"host-local","subnet":"10.3.0.0/24","resolvConf":"{{{path}}}"} """;

        static string Refusal(string path)
        {
            CniError error = Wishes.RefusalOf(Ipam(path));
            Assert.Equal(CniErrorCode.InvalidConfiguration, error.Code);
            return $"{error.Message} {error.Details}";
        }
    }

    [Theory]
    [InlineData(""" "vlan":7 """, "vlan", "7")]
    [InlineData(""" "vlanTrunk":[{"minID":1,"maxID":9}] """, "vlanTrunk", "maxID")]
    [InlineData(""" "disableContainerInterface":true """, "disableContainerInterface", "true")]
    [InlineData(""" "portIsolation":true """, "portIsolation", "true")]
    [InlineData(""" "master":"eth0","mode":"bridge" """, "master", "eth0")]
    [InlineData(""" "ingressPolicy":"isolated" """, "ingressPolicy", "isolated")]
    [InlineData(""" "conditionsV4":["!","-d","10.0.0.0/8"] """, "conditionsV4", "10.0.0.0/8")]
    [InlineData(""" "unshapedSubnets":["10.0.0.0/8"] """, "unshapedSubnets", "10.0.0.0/8")]
    [InlineData(""" "ipam":{"type":"dhcp"} """, "ipam.type", "dhcp")]
    [InlineData(""" "ipam":{"type":"whereabouts"} """, "ipam.type", "whereabouts")]
    [InlineData(""" "ipam":{"type":"host-local","subnet":"10.0.0.0/24","routes":[{"dst":"192.168.0.0/16","gw":"10.0.0.7"}]} """, "ipam.routes", "10.0.0.7")]
    [InlineData(""" "ipam":{"routes":[{"dst":"192.168.0.0/16","table":7}]} """, "ipam.routes.table", "7")]
    public void What_cannot_be_honoured_is_refused_with_key_and_value(string keys, string key, string value)
    {
        CniError error = Wishes.RefusalOf(keys);

        Assert.Equal(CniErrorCode.UnsupportedField, error.Code);
        Assert.Contains($"\"{key}\"", error.Message, StringComparison.Ordinal);
        Assert.Contains(value, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(""" "ipam":{"subnet":"10.0.0.7/24"} """, "10.0.0.0/24")]
    [InlineData(""" "ipam":{"subnet":"10.0.0.0/31"} """, "/30")]
    [InlineData(""" "ipam":{"subnet":"fd00::/127"} """, "/126")]
    [InlineData(""" "ipam":{"subnet":"10.0.0.0"} """, "ADDRESS/LENGTH")]
    [InlineData(""" "ipam":{"ranges":[[{"subnet":"10.0.0.0/24","rangeStart":"10.0.1.1"}]]} """, "10.0.1.1")]
    [InlineData(""" "ipam":{"ranges":[[{"subnet":"10.0.0.0/24","gateway":"fd00::1"}]]} """, "fd00::1")]
    [InlineData(""" "ipam":{"ranges":[[{"subnet":"10.0.0.0/24","rangeStart":"10.0.0.9","rangeEnd":"10.0.0.8"}]]} """, "10.0.0.9")]
    [InlineData(""" "ipam":{"ranges":[[{"subnet":"10.0.0.0/24"},{"subnet":"fd00::/64"}]]} """, "IPv4 and IPv6")]
    [InlineData(""" "ipam":{"ranges":[{"subnet":"10.0.0.0/24"}]} """, "list of lists")]
    [InlineData(""" "runtimeConfig":{"ipRanges":[[7]]} """, "runtimeConfig.ipRanges")]
    [InlineData(""" "ipam":{"type":"static","addresses":[{"address":"10.0.0.7"}]} """, "10.0.0.7")]
    [InlineData(""" "mtu":600 """, "600")]
    [InlineData(""" "mtu":-1 """, "-1")]
    [InlineData(""" "ipMasq":"yes" """, "yes")]
    [InlineData(""" "ipam":"host-local" """, "host-local")]
    public void A_value_that_makes_no_sense_is_refused_by_name(string keys, string text)
    {
        CniError error = Wishes.RefusalOf(keys);

        Assert.Equal(CniErrorCode.InvalidConfiguration, error.Code);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    private static string Text(AddressRange range) =>
        $"{range.List} {new IPAddress(range.Subnet.Ip.Span)}/{range.Subnet.Length} {Text(range.Start)} {Text(range.End)} {Text(range.Gateway)}";

    private static string Text(Google.Protobuf.ByteString address) => address.IsEmpty ? "" : new IPAddress(address.Span).ToString();

    private static (string Servers, string Domain, string Search, string Options) Text(DnsSettings dns) =>
        (string.Join(',', dns.Nameservers), dns.Domain, string.Join(',', dns.Search), string.Join(',', dns.Options));
}
