using System.Text.Json;

namespace Weft.RuntimeTests.Lab;

/// <summary>Podman with its CNI back end.</summary>
internal sealed class Podman(RuntimeNode node)
{
    /// <summary>Starts a container that serves a page with its name.</summary>
    /// <param name="options">Of podman run, such as "--ip", "10.83.0.9".</param>
    public async Task<LabContainer> StartAsync(string name, params IEnumerable<string> options)
    {
        (await TryStartAsync(name, options)).Succeeded();
        return await Container(name).WithAddressesAsync();
    }

    /// <summary>Starts a container, which may fail.</summary>
    public Task<Finished> TryStartAsync(string name, params IEnumerable<string> options) =>
        CallAsync(["run", "-d", "--name", name, "--cgroup-parent", node.Cgroup, .. options, Ctr.Image, "/bin/sh", "-c", LabContainer.Serving(name)]);

    /// <summary>Runs a container to its end.</summary>
    public Task<Finished> RunAsync(params IEnumerable<string> command) =>
        CallAsync(["run", "--rm", "--cgroup-parent", node.Cgroup, Ctr.Image, .. command]);

    /// <summary>Starts a container that was stopped.</summary>
    public async Task<LabContainer> StartAgainAsync(string name)
    {
        (await CallAsync("start", name)).Succeeded();
        return await Container(name).WithAddressesAsync();
    }

    public async Task StopAsync(string name) => (await CallAsync("stop", "-t", "0", name)).Succeeded();

    public async Task RemoveAsync(string name) => (await CallAsync("rm", "-f", "-t", "0", name)).Succeeded();

    public async Task RemoveAllAsync() => (await CallAsync("rm", "-f", "-a", "-t", "0")).Succeeded();

    /// <summary>What podman inspect says about a container's place in the network.</summary>
    public async Task<JsonElement> NetworkAsync(string name) =>
        (await CallAsync("inspect", name)).Json()[0].GetProperty("NetworkSettings").GetProperty("Networks").GetProperty("weft");

    public Task<Finished> CallAsync(params IEnumerable<string> arguments) => node.OnAsync(["podman", .. arguments]);

    private LabContainer Container(string name) => new(node, name, () => ["podman", "exec", name]);
}
