using System.Diagnostics;
using Weft.RuntimeTests.Lab;

namespace Weft.RuntimeTests;

/// <summary>Programs of Weft that are replaced while containers run, come and go.</summary>
[Collection(ContainerdCollection.Name)]
public sealed class ReplacementTests(ContainerdLab lab) : IAsyncLifetime
{
    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => lab.RemoveContainersAsync();

    [KernelFact]
    public async Task No_container_fails_while_the_plugin_is_replaced_again_and_again()
    {
        const int workers = 3;
        const int containersEach = 4;
        HostState clean = await lab.CleanAsync();
        using Process replacing = Tool.Start(lab.Node.Entering("sh", "-e", "-c", """
            count=0
            while [ ! -e /run/lab/enough ]; do
                cp "$0" /opt/cni/bin/.weft-cni.new
                mv -f /opt/cni/bin/.weft-cni.new /opt/cni/bin/weft-cni
                count=$((count + 1))
            done
            echo $count
            """, RuntimePrograms.Plugin));
        Finished[] runs;
        try
        {
            runs = (await Task.WhenAll(Enumerable.Range(0, workers).Select(RunSomeAsync))).SelectMany(r => r).ToArray();
        }
        finally
        {
            (await lab.Node.OnAsync("touch", "/run/lab/enough")).Succeeded();
            await replacing.WaitForExitAsync();
            (await lab.Node.OnAsync("rm", "/run/lab/enough")).Succeeded();
        }

        Assert.All(runs, run => run.Succeeded());
        int replaced = int.Parse(await replacing.StandardOutput.ReadToEndAsync());
        Assert.True(replaced > runs.Length, $"the plugin was replaced only {replaced} times: {await replacing.StandardError.ReadToEndAsync()}");
        await clean.RequireCleanAsync();

        async Task<List<Finished>> RunSomeAsync(int worker)
        {
            List<Finished> done = [];
            for (int i = 0; i < containersEach; i++)
            {
                done.Add(await lab.Ctr.RunAsync($"replaced-{worker}-{i}", "ip -4 addr show dev eth0 | grep -q 'inet 10.83.'"));
            }
            return done;
        }
    }

    [KernelFact]
    public async Task Containers_keep_their_network_while_weftd_is_upgraded_and_can_be_removed_by_the_new_one()
    {
        HostState clean = await lab.CleanAsync();
        LabContainer before = await lab.Ctr.StartAsync("before");
        Pod pod = await lab.Cri.StartAsync("before-pod");

        await lab.Node.StopWeftdAsync();
        await before.RequireTrafficAsync(pod.Container);
        await pod.Container.RequireTrafficAsync(before);
        await lab.Node.StartWeftdAsync();
        await before.RequireTrafficAsync(pod.Container);
        LabContainer after = await lab.Ctr.StartAsync("after");
        Assert.DoesNotContain(after.IPv4, (string[])[before.IPv4, pod.Container.IPv4]);
        await after.RequireTrafficAsync(before);

        await lab.Ctr.KillAsync("before");
        await lab.Ctr.KillAsync("after");
        await pod.StopAsync();
        await pod.RemoveAsync();
        await clean.RequireCleanAsync();
    }
}
