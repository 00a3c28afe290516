using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Invocation;

namespace Weft.CniPlugin.Tests.Documentation;

/// <summary>docs/cni.md says what the code does.</summary>
public sealed partial class CniPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Join(AppContext.BaseDirectory, "Documentation", "cni.md"));

    [Fact]
    public void Every_error_code_has_its_line()
    {
        foreach (CniErrorCode code in Enum.GetValues<CniErrorCode>())
        {
            Assert.Contains($"\n| {(int)code} | ", Page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_configuration_is_one_that_weft_cni_accepts()
    {
        string[] blocks = [.. JsonBlock().Matches(Page).Select(static m => m.Groups[1].Value)];

        Assert.Equal(4, blocks.Length);
        foreach (string block in blocks)
        {
            JsonElement list = JsonDocument.Parse(block).RootElement;
            // As libcni does it: the list's name and version go into each entry.
            JsonObject entry = JsonNode.Parse(list.GetProperty("plugins")[0].GetRawText())!.AsObject();
            entry["cniVersion"] = list.GetProperty("cniVersion").GetString();
            entry["name"] = list.GetProperty("name").GetString();
            var problems = new ProblemList();
            JsonElement root = NetworkConfigurationReader.Decode(Encoding.UTF8.GetBytes(entry.ToJsonString()));

            Assert.NotNull(NetworkConfigurationReader.Read(root, problems));
            _ = AttachmentWishesReader.Read(root, CniArguments.None, problems);

            problems.ThrowIfAny();
        }
    }

    /// <summary>Every key of bridge and host-local (documentation of containernetworking/plugins) with a value that asks for something.</summary>
    public static TheoryData<string, string, string> ReferenceKeys => new()
    {
        { "bridge", "bridge", "\"cni0\"" },
        { "bridge", "isGateway", "true" },
        { "bridge", "isDefaultGateway", "true" },
        { "bridge", "forceAddress", "true" },
        { "bridge", "ipMasq", "true" },
        { "bridge", "ipMasqBackend", "\"nftables\"" },
        { "bridge", "mtu", "1400" },
        { "bridge", "hairpinMode", "true" },
        { "bridge", "promiscMode", "true" },
        { "bridge", "vlan", "7" },
        { "bridge", "vlanTrunk", "[{\"minID\":2,\"maxID\":9}]" },
        { "bridge", "preserveDefaultVlan", "false" },
        { "bridge", "macspoofchk", "true" },
        { "bridge", "enabledad", "true" },
        { "bridge", "disableContainerInterface", "true" },
        { "bridge", "portIsolation", "true" },
        { "host-local", "subnet", "\"10.1.0.0/24\"" },
        { "host-local", "rangeStart", "\"10.0.0.9\"" },
        { "host-local", "rangeEnd", "\"10.0.0.99\"" },
        { "host-local", "gateway", "\"10.0.0.254\"" },
        { "host-local", "ranges", "[[{\"subnet\":\"10.1.0.0/24\"}],[{\"subnet\":\"10.2.0.0/24\"}]]" },
        { "host-local", "routes", "[{\"dst\":\"0.0.0.0/0\"}]" },
        { "host-local", "resolvConf", "\"/etc/hostname\"" },
        { "host-local", "dataDir", "\"/run/none\"" },
    };

    [Theory]
    [MemberData(nameof(ReferenceKeys))]
    public void The_table_says_what_becomes_of_each_key_of_bridge_and_host_local(string plugin, string key, string value)
    {
        string row = Assert.Single(Page.Split('\n'), line => line.StartsWith($"| {plugin}", StringComparison.Ordinal)
            && (line.Split('|')[1].Contains($"`{key}`", StringComparison.Ordinal) || line.Split('|')[1].Contains($"`{key}: true`", StringComparison.Ordinal)));
        string keys = plugin == "bridge" ? $"\"{key}\":{value}"
            : key == "subnet" ? $"\"ipam\":{{\"type\":\"host-local\",\"subnet\":{value}}}"
            : $"\"ipam\":{{\"type\":\"host-local\",\"subnet\":\"10.0.0.0/24\",\"{key}\":{value}}}";

        if (row.Contains("refused (2)", StringComparison.Ordinal))
        {
            CniError refusal = Configuration.Wishes.RefusalOf(keys);
            Assert.Equal(CniErrorCode.UnsupportedField, refusal.Code);
            Assert.Contains($"\"{key}\"", refusal.Message, StringComparison.Ordinal);
        }
        else
        {
            _ = Configuration.Wishes.Of(keys);
        }
    }

    [Fact]
    public void What_is_installed_is_the_configuration_for_containerd()
    {
        JsonNode? installed = JsonNode.Parse(File.ReadAllText(Path.Join(AppContext.BaseDirectory, "Documentation", "10-weft.conflist")));

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(JsonBlock().Match(Page).Groups[1].Value), installed));
    }

    [Fact]
    public void Every_key_that_is_read_is_named()
    {
        // What the readers of src/CniPlugin/Configuration and Tuning ask for.
        string[] keys =
        [
            .. "cniVersion name capabilities socket network containerd loopbackPorts dns nameservers domain search options mac mtu ipMasq isDefaultGateway".Split(' '),
            .. "ingressRate ingressBurst egressRate egressBurst sysctl promisc allmulti txQLen rangeStart rangeEnd hostPort containerPort protocol hostIP".Split(' '),
            .. "deviceID infinibandGUID disableContainerInterface portIsolation multiQueue vlan vlanTrunk master conditionsV4 conditionsV6".Split(' '),
            .. "unshapedSubnets shapedSubnets ingressPolicy cni.dev/valid-attachments cni.dev/attachments IgnoreUnknown=1 GATEWAY= CNI_NETNS_OVERRIDE=1".Split(' '),
        ];
        Assert.All(keys, key => Assert.Matches($@"`[^`\n]*\b{Regex.Escape(key)}(?!\w)[^`\n]*`", Page));
    }

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex JsonBlock();
}
