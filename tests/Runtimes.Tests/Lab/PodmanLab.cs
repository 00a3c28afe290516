using System.Text.Json.Nodes;

namespace Weft.RuntimeTests.Lab;

/// <summary>A node with Podman.</summary>
public sealed class PodmanLab : RuntimeLab
{
    internal Podman Podman => new(Node);

    /// <summary>The documented one has a range of IPv4; here is one of IPv6 as well.</summary>
    private protected override string Conflist
    {
        get
        {
            JsonNode conflist = JsonNode.Parse(DocumentedConflist.Of("Podman 4"))!;
            JsonNode addresses = conflist["plugins"]![0]!["ipam"]!;
            addresses["ranges"]!.AsArray().Add(new JsonArray(new JsonObject { ["subnet"] = "fd00:90::/64" }));
            addresses["routes"]!.AsArray().Add(new JsonObject { ["dst"] = "::/0" });
            return conflist.ToJsonString();
        }
    }

    private protected override IReadOnlyList<string> Programs => ["podman", "conmon", "runc", "nft", "busybox"];

    private protected override async Task RemoveContainersAsync(RuntimeNode node) => await new Podman(node).RemoveAllAsync();

    private protected override async Task PrepareAsync(RuntimeNode node)
    {
        await node.DoAsync("podman_up node");
        (await new Podman(node).RunAsync("true")).Succeeded();
    }
}
