namespace Weft.RuntimeTests.Lab;

/// <summary>A node with containerd.</summary>
public sealed class ContainerdLab : RuntimeLab
{
    internal Ctr Ctr => new(Node);

    internal Cri Cri => new(Node);

    private protected override string Conflist => DocumentedConflist.Of("containerd");

    private protected override IReadOnlyList<string> Programs => ["containerd", "ctr", "runc", "nft", "busybox"];

    private protected override async Task RemoveContainersAsync(RuntimeNode node)
    {
        await new Ctr(node).RemoveAllAsync();
        if ((await node.OnAsync("ctr", "-n", "k8s.io", "container", "ls", "-q")).Output.Trim().Length > 0)
        {
            await new Cri(node).RemoveAllAsync();
        }
    }

    private protected override async Task PrepareAsync(RuntimeNode node)
    {
        await node.DoAsync("lab_containerd node");
        (await new Ctr(node).RunAsync("first", "true")).Succeeded();
    }
}
