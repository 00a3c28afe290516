namespace Weft.RuntimeTests.Lab;

/// <summary>containerd's own client, which runs plugins itself.</summary>
internal sealed class Ctr(RuntimeNode node)
{
    public const string Image = "weft.test/busybox:1";
    private int _executions;

    /// <summary>Starts a container that serves a page with its name.</summary>
    public async Task<LabContainer> StartAsync(string name)
    {
        await node.DoAsync($"lab_run node {name} {LabShell.Quote(LabContainer.Serving(name))}");
        return await Container(name).WithAddressesAsync();
    }

    /// <summary>Runs a container to its end; its exit code is that of <paramref name="script"/>, unless attaching it failed.</summary>
    public Task<Finished> RunAsync(string name, string script) =>
        node.OnAsync("ctr", "run", "--rm", "--cni", "--cgroup", $"{node.Cgroup}/{name}", Image, name, "/bin/sh", "-c", script);

    /// <summary>Kills a container's process; its ctr then runs the plugin's DEL and removes it.</summary>
    public async Task KillAsync(string name) => await node.DoAsync($"lab_remove node {name}");

    /// <summary>Removes all containers, also those that were never attached.</summary>
    public async Task RemoveAllAsync()
    {
        foreach (string name in await RunningAsync())
        {
            if ((await node.OnAsync("test", "-e", $"/run/lab/ctr-{name}.pid")).ExitCode == 0)
            {
                await KillAsync(name);
            }
            else
            {
                (await node.OnAsync("ctr", "task", "rm", "-f", name)).Succeeded();
                (await node.OnAsync("ctr", "container", "rm", name)).Succeeded();
            }
        }
    }

    /// <summary>Names of the containers that have a process.</summary>
    private async Task<IReadOnlyList<string>> RunningAsync() =>
        (await node.OnAsync("ctr", "task", "ls", "-q")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private LabContainer Container(string name) =>
        new(node, name, () => ["ctr", "task", "exec", "--exec-id", $"exec-{name}-{Interlocked.Increment(ref _executions)}", name]);
}
