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
