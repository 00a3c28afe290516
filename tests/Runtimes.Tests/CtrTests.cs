using Weft.RuntimeTests.Lab;

namespace Weft.RuntimeTests;

/// <summary>Containers by `ctr run --cni`: it calls DEL without a namespace.</summary>
[Collection(ContainerdCollection.Name)]
public sealed class CtrTests(ContainerdLab lab) : IAsyncLifetime
{
    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => lab.RemoveContainersAsync();

    [KernelFact]
    public async Task Containers_reach_each_other_and_the_world_and_leave_nothing_behind()
    {
        HostState clean = await lab.CleanAsync();
        LabContainer alpha = await lab.Ctr.StartAsync("alpha");
        LabContainer beta = await lab.Ctr.StartAsync("beta");

        await alpha.RequireTrafficAsync(beta);
        await beta.RequireTrafficAsync(alpha);

        await lab.Ctr.KillAsync("alpha");
        Assert.Equal(RuntimeNode.UplinkIPv4, await beta.FetchAsync($"{RuntimeNode.WorldIPv4}/cgi-bin/from"));
        await lab.Ctr.KillAsync("beta");
        await clean.RequireCleanAsync();
        await Flows.RequireNoneAsync(lab.Node, alpha, beta);
    }

    [KernelFact]
    public async Task A_container_of_the_same_name_can_run_again_and_again()
    {
        HostState clean = await lab.CleanAsync();
        for (int i = 0; i < 3; i++)
        {
            Finished run = await lab.Ctr.RunAsync("again", "ip -o addr show dev eth0 && exit 7");
            Assert.True(run.ExitCode == 7 && run.Output.Contains("10.83.", StringComparison.Ordinal), run.ToString());
            await clean.RequireCleanAsync();
        }
    }

    [KernelFact]
    public async Task A_plugin_later_in_the_list_that_fails_leaves_nothing_of_ours()
    {
        HostState clean = await lab.CleanAsync();
        await lab.Node.WriteAsync("/opt/cni/bin/lab-refuse", """
            #!/bin/sh
            case $CNI_COMMAND in
                VERSION) echo '{"cniVersion":"1.0.0","supportedVersions":["0.4.0","1.0.0"]}' ;;
                ADD) echo '{"cniVersion":"1.0.0","code":999,"msg":"refused for the test"}'; exit 1 ;;
            esac
            """);
        await lab.Node.WriteAsync("/etc/cni/net.d/05-refuse.conflist", """
            {"cniVersion": "1.0.0", "name": "weft", "plugins": [{"type": "weft-cni"}, {"type": "lab-refuse"}]}
            """);
        try
        {
            (await lab.Node.OnAsync("chmod", "0755", "/opt/cni/bin/lab-refuse")).Succeeded();
            Finished run = await lab.Ctr.RunAsync("refused", "true");
            Assert.True(run.ExitCode != 0 && run.Error.Contains("refused for the test", StringComparison.Ordinal), run.ToString());
        }
        finally
        {
            (await lab.Node.OnAsync("rm", "/etc/cni/net.d/05-refuse.conflist", "/opt/cni/bin/lab-refuse")).Succeeded();
        }
        await clean.RequireCleanAsync();
    }
}
