namespace Weft.RuntimeTests.Lab;

/// <summary>containerd's CRI, spoken to as kubelet does.</summary>
internal sealed class Cri(RuntimeNode node)
{
    /// <summary>Runs a pod sandbox and a container in it that serves a page with the pod's name.</summary>
    /// <param name="options">Of the CRI client, such as "--label", "app=demo".</param>
    public async Task<Pod> StartAsync(string name, params IEnumerable<string> options)
    {
        string[] lines = (await CallAsync([.. options, "pod", name, "/bin/sh", "-c", LabContainer.Serving(name)])).Succeeded().Output.Split('\n');
        string[] Values(string key) => [.. lines.Where(l => l.StartsWith($"{key}=", StringComparison.Ordinal)).Select(l => l[(key.Length + 1)..])];
        string container = Values("container").Single();
        LabContainer inside = await new LabContainer(node, name, () => [.. Command, "exec", container]).WithAddressesAsync();
        Assert.Equal([inside.IPv4, inside.IPv6], Values("address"));
        return new Pod(this, Values("pod").Single(), inside);
    }

    /// <summary>Runs a pod sandbox without a container, which may fail.</summary>
    public Task<Finished> TryRunAsync(string name, params IEnumerable<string> options) => CallAsync([.. options, "run", name]);

    /// <summary>IDs of all sandboxes, also of stopped ones.</summary>
    public async Task<IReadOnlyList<string>> PodsAsync() =>
        [.. (await CallAsync("list")).Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0])];

    public async Task StopAsync(string pod) => (await CallAsync("stop", pod)).Succeeded();

    public async Task RemoveAsync(string pod) => (await CallAsync("rm", pod)).Succeeded();

    /// <summary>Stops and removes all pods.</summary>
    public async Task RemoveAllAsync()
    {
        foreach (string pod in await PodsAsync())
        {
            await StopAsync(pod);
            await RemoveAsync(pod);
        }
    }

    /// <summary>Runs the CRI client.</summary>
    public Task<Finished> CallAsync(params IEnumerable<string> arguments) => node.OnAsync([.. Command, .. arguments]);

    private string[] Command =>
        ["env", "DOTNET_EnableDiagnostics=0", "dotnet", RuntimePrograms.CriClient, "--cgroup-parent", node.Cgroup];
}
