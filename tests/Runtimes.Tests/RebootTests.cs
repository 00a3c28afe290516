using Weft.RuntimeTests.Lab;

namespace Weft.RuntimeTests;

/// <summary>
/// A node that loses its power: namespaces, links, rules and /run are gone, the boot ID is another one, /var/lib is as it was.
/// </summary>
public sealed class RebootTests
{
    // Of four addresses, the first and the last are nobody's.
    private const int Usable = 2;

    private const string Config = """
        defaultNetwork:
          ipv4: 10.83.0.0/30
        addressCoolDown: 0

        """;

    [KernelFact]
    public async Task After_a_reboot_every_address_is_free_again_and_a_late_DEL_takes_none_from_its_new_holder()
    {
        KernelRequirement.Root();
        KernelRequirement.Program("containerd");
        await using RuntimeNode node = await RuntimeNode.StartAsync(Config, DocumentedConflist.Of("containerd"));
        await node.DoAsync("lab_containerd node");
        var cri = new Cri(node);
        Pod[] old = await Task.WhenAll(Enumerable.Range(0, Usable).Select(n => cri.StartAsync($"old-{n}")));
        Finished full = await cri.TryRunAsync("one-too-many");
        Assert.True(full.ExitCode != 0, full.ToString());

        await node.RebootAsync();
        await Until.TrueAsync("no address is in use", async () => await UsedAsync(node) == 0);
        Assert.Empty(await node.GetAsync("endpoints"));

        await node.DoAsync("lab_containerd node");
        Pod[] fresh = await Task.WhenAll(Enumerable.Range(0, Usable).Select(n => cri.StartAsync($"new-{n}")));
        Assert.Equal(old.Select(p => p.Container.IPv4).Order(), fresh.Select(p => p.Container.IPv4).Order());
        // kubelet removes what ran before only now.
        foreach (Pod pod in old)
        {
            await pod.StopAsync();
            await pod.RemoveAsync();
        }
        Assert.Equal(Usable, await UsedAsync(node));
        await fresh[0].Container.RequireTrafficAsync(fresh[^1].Container);
        await Task.WhenAll(fresh.Select(p => p.StopAsync()));
        await Task.WhenAll(fresh.Select(p => p.RemoveAsync()));
        await HostState.CleanAsync(node);
    }

    private static async Task<long> UsedAsync(RuntimeNode node) =>
        (await node.StatusAsync()).GetProperty("pools").EnumerateArray()
            .Single(p => p.GetProperty("pool").GetString() == "default-v4").GetProperty("used").GetInt64();
}
