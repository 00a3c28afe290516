using System.Text.Json;
using Weft.RuntimeTests.Lab;

namespace Weft.RuntimeTests;

/// <summary>Containers by Podman 4 with its CNI back end.</summary>
public sealed class PodmanTests(PodmanLab lab) : IClassFixture<PodmanLab>, IAsyncLifetime
{
    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => lab.RemoveContainersAsync();

    [KernelFact]
    public async Task Containers_reach_each_other_and_the_world_and_leave_nothing_behind()
    {
        HostState clean = await lab.CleanAsync();
        LabContainer one = await lab.Podman.StartAsync("one");
        LabContainer two = await lab.Podman.StartAsync("two");

        JsonElement network = await lab.Podman.NetworkAsync("one");
        Assert.Equal(one.IPv4, network.GetProperty("IPAddress").GetString());
        Assert.Equal(one.IPv6, network.GetProperty("GlobalIPv6Address").GetString());
        Assert.Contains(network.GetProperty("MacAddress").GetString()!, (await one.RunAsync("ip", "link", "show", "dev", "eth0")).Output, StringComparison.Ordinal);
        await one.RequireTrafficAsync(two);
        await two.RequireTrafficAsync(one);

        await lab.Podman.StopAsync("one");
        Assert.Equal(RuntimeNode.UplinkIPv4, await two.FetchAsync($"{RuntimeNode.WorldIPv4}/cgi-bin/from"));
        LabContainer again = await lab.Podman.StartAgainAsync("one");
        await again.RequireTrafficAsync(two);

        await lab.Podman.StopAsync("one");
        await lab.Podman.RemoveAsync("one");
        await lab.Podman.RemoveAsync("two");
        await clean.RequireCleanAsync();
        await Flows.RequireNoneAsync(lab.Node, one, two, again);
    }

    [KernelFact]
    public async Task A_container_that_ends_by_itself_leaves_nothing_behind()
    {
        HostState clean = await lab.CleanAsync();
        Finished run = await lab.Podman.RunAsync("ip", "-o", "addr", "show", "dev", "eth0");
        Assert.Contains("10.90.", run.Succeeded().Output, StringComparison.Ordinal);
        await clean.RequireCleanAsync();
    }

    [KernelFact]
    public async Task A_container_that_cannot_be_attached_says_why_and_leaves_nothing_behind()
    {
        HostState clean = await lab.CleanAsync();
        await lab.Node.StopWeftdAsync();
        Finished run;
        try
        {
            run = await lab.Podman.TryStartAsync("three");
            await lab.Podman.RemoveAsync("three");
        }
        finally
        {
            await lab.Node.StartWeftdAsync();
        }
        Assert.True(run.ExitCode != 0 && run.Error.Contains("weftd", StringComparison.Ordinal), run.ToString());
        await clean.RequireCleanAsync();
    }

    [KernelFact]
    public async Task An_address_that_another_container_had_a_moment_ago_works_at_once()
    {
        HostState clean = await lab.CleanAsync();
        const string address = "10.90.0.40";
        LabContainer witness = await lab.Podman.StartAsync("witness");
        foreach (string name in (string[])["first", "second", "third"])
        {
            LabContainer container = await lab.Podman.StartAsync(name, "--ip", address);
            Assert.Equal(address, container.IPv4);
            // Whoever spoke to the one before has no stale neighbour entry or flow: each page is asked for once.
            Assert.Equal($"I am {name}", await witness.FetchAsync($"{address}/"));
            Assert.Equal(RuntimeNode.UplinkIPv4, await container.FetchAsync($"{RuntimeNode.WorldIPv4}/cgi-bin/from"));
            await lab.Podman.RemoveAsync(name);
        }
        await lab.Podman.RemoveAsync("witness");
        await clean.RequireCleanAsync();
    }

    [KernelFact]
    public async Task Published_port_address_and_MAC_are_as_asked_for_and_gone_with_the_container()
    {
        HostState clean = await lab.CleanAsync();
        LabContainer other = await lab.Podman.StartAsync("other");
        LabContainer asked = await lab.Podman.StartAsync("asked", "-p", "18082:80", "--ip", "10.90.0.41", "--mac-address", "92:00:00:00:00:07");

        Assert.Equal("10.90.0.41", asked.IPv4);
        JsonElement network = await lab.Podman.NetworkAsync("asked");
        Assert.Equal("10.90.0.41", network.GetProperty("IPAddress").GetString());
        Assert.Equal("92:00:00:00:00:07", network.GetProperty("MacAddress").GetString());
        Assert.Contains("92:00:00:00:00:07", (await asked.RunAsync("ip", "link", "show", "dev", "eth0")).Output, StringComparison.Ordinal);
        await PublishedPort.RequireAsync(lab.Node, 18082, asked, other);
        await asked.RequireTrafficAsync(other);

        await lab.Podman.StopAsync("asked");
        await PublishedPort.RequireNoneAsync(lab.Node, 18082);
        await PublishedPort.RequireAsync(lab.Node, 18082, await lab.Podman.StartAgainAsync("asked"), other);
        await lab.Podman.RemoveAsync("asked");
        await lab.Podman.RemoveAsync("other");
        await clean.RequireCleanAsync();
    }

    [KernelFact]
    public async Task Wanted_addresses_of_both_families_are_given()
    {
        HostState clean = await lab.CleanAsync();
        // Two of them come by runtimeConfig, one alone by CNI_ARGS. Both are in blocks that the node has already.
        LabContainer asked = await lab.Podman.StartAsync("asked", "--ip", "10.90.0.44", "--ip6", "fd00:90::30");
        Assert.Equal(("10.90.0.44", "fd00:90::30"), (asked.IPv4, asked.IPv6));
        await lab.Podman.RemoveAsync("asked");
        await clean.RequireCleanAsync();
    }

    [KernelFact]
    public async Task A_port_on_the_IPv6_loopback_is_refused_with_what_to_do_instead()
    {
        HostState clean = await lab.CleanAsync();
        Finished run = await lab.Podman.TryStartAsync("loopback", "-p", "[::1]:18083:80");
        Assert.True(run.ExitCode != 0 && run.Error.Contains("publish it on 127.0.0.1", StringComparison.Ordinal), run.ToString());
        await lab.Podman.RemoveAsync("loopback");
        await clean.RequireCleanAsync();
    }
}
