namespace Weft.RuntimeTests.Lab;

/// <summary>A node with Podman.</summary>
public sealed class PodmanLab : RuntimeLab
{
    internal Podman Podman => new(Node);

    private protected override string Conflist => DocumentedConflist.Of("Podman 4");

    private protected override IReadOnlyList<string> Programs => ["podman", "conmon", "runc", "nft", "busybox"];

    private protected override async Task RemoveContainersAsync(RuntimeNode node) => await new Podman(node).RemoveAllAsync();

    private protected override async Task PrepareAsync(RuntimeNode node)
    {
        await node.DoAsync("podman_up node");
        (await new Podman(node).RunAsync("true")).Succeeded();
    }
}
