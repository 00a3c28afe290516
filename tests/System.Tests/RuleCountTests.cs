using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.SystemTests.Lab;
using Weft.TestSupport;

namespace Weft.SystemTests;

/// <summary>What a packet and a change have to pass does not grow with the containers of a node.</summary>
public sealed class RuleCountTests
{
    private const int Containers = 10;
    private const int FirstPort = 20_000;

    [KernelFact]
    public async Task Containers_and_their_published_ports_add_no_rule_and_no_chain()
    {
        await using Node node = await Node.StartAsync();
        (int Rules, int Chains) none = await CountAsync(node);
        for (int i = 0; i < Containers; i++)
        {
            JsonObject configuration = node.Configuration();
            configuration["runtimeConfig"] = new JsonObject
            {
                ["portMappings"] = new JsonArray(new JsonObject { ["hostPort"] = FirstPort + i, ["containerPort"] = 80 }),
            };
            await node.NewContainer().AddAsync(configuration: configuration);
        }
        Assert.Equal(none, await CountAsync(node));
        Assert.True(none.Rules > 0, "no rules at all");
    }

    private static async Task<(int Rules, int Chains)> CountAsync(Node node)
    {
        Finished listed = await node.Space.RunAsync("nft", "-j", "list", "ruleset");
        JsonElement[] objects = [.. JsonDocument.Parse(listed.Output).RootElement.GetProperty("nftables").EnumerateArray()];
        return (objects.Count(o => o.TryGetProperty("rule", out _)), objects.Count(o => o.TryGetProperty("chain", out _)));
    }
}
