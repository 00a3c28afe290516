using Weft.RuntimeTests.Lab;

namespace Weft.RuntimeTests;

/// <summary>Pods by containerd's CRI.</summary>
[Collection(ContainerdCollection.Name)]
public sealed class CriTests(ContainerdLab lab) : IAsyncLifetime
{
    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => lab.RemoveContainersAsync();

    [KernelFact]
    public async Task A_pod_reaches_others_and_the_world_and_leaves_nothing_behind_after_two_stops()
    {
        HostState clean = await lab.CleanAsync();
        Pod pod = await lab.Cri.StartAsync("gamma", "--namespace", "shop", "--label", "app=demo");
        LabContainer other = await lab.Ctr.StartAsync("delta");

        await pod.Container.RequireTrafficAsync(other);
        await other.RequireTrafficAsync(pod.Container);
        Assert.Contains("shop", (await lab.Node.WeftAsync("get", "endpoints", "shop/gamma")).Succeeded().Output, StringComparison.Ordinal);

        // kubelet stops a pod more than once: the second DEL has no previous result any more.
        await pod.StopAsync();
        await pod.StopAsync();
        Assert.Equal(RuntimeNode.UplinkIPv4, await other.FetchAsync($"{RuntimeNode.WorldIPv4}/cgi-bin/from"));
        await pod.RemoveAsync();
        await lab.Ctr.KillAsync("delta");
        await clean.RequireCleanAsync();
        await Flows.RequireNoneAsync(lab.Node, pod.Container, other);
    }

    [KernelFact]
    public async Task A_pod_that_cannot_be_attached_says_why_leaves_nothing_and_can_be_tried_again()
    {
        HostState clean = await lab.CleanAsync();
        await lab.Node.StopWeftdAsync();
        Finished run;
        try
        {
            run = await lab.Cri.TryRunAsync("epsilon");
        }
        finally
        {
            await lab.Node.StartWeftdAsync();
        }
        Assert.True(run.ExitCode != 0 && run.Error.Contains("weftd", StringComparison.Ordinal), run.ToString());
        await lab.Cri.RemoveAllAsync();
        await clean.RequireCleanAsync("after a failed ADD");

        Pod pod = await lab.Cri.StartAsync("epsilon");
        await pod.StopAsync();
        await pod.RemoveAsync();
        await clean.RequireCleanAsync();
    }

    [KernelFact]
    public async Task A_pod_can_be_stopped_while_weftd_is_down()
    {
        HostState clean = await lab.CleanAsync();
        Pod pod = await lab.Cri.StartAsync("zeta");
        await lab.Node.StopWeftdAsync();
        try
        {
            await pod.StopAsync();
            await pod.RemoveAsync();
        }
        finally
        {
            await lab.Node.StartWeftdAsync();
        }
        await clean.RequireCleanAsync();
    }

    [KernelFact]
    public async Task Pods_started_at_once_have_different_addresses()
    {
        HostState clean = await lab.CleanAsync();
        Pod[] pods = await Task.WhenAll(Enumerable.Range(0, 6).Select(n => lab.Cri.StartAsync($"crowd-{n}")));
        Assert.Equal(pods.Length, pods.Select(p => p.Container.IPv4).Distinct().Count());
        Assert.Equal(pods.Length, pods.Select(p => p.Container.IPv6).Distinct().Count());
        await Task.WhenAll(pods.Select(p => p.StopAsync()));
        await Task.WhenAll(pods.Select(p => p.RemoveAsync()));
        await clean.RequireCleanAsync();
    }

    [KernelFact]
    public async Task A_host_port_leads_to_its_pod_for_as_long_as_there_is_one()
    {
        HostState clean = await lab.CleanAsync();
        LabContainer other = await lab.Ctr.StartAsync("asking");
        Pod first = await lab.Cri.StartAsync("first", "--port", "18080:80");
        await PublishedPort.RequireAsync(lab.Node, 18080, first.Container, other);

        Finished taken = await lab.Cri.TryRunAsync("second", "--port", "18080:80");
        Assert.True(taken.ExitCode != 0 && taken.Error.Contains("18080", StringComparison.Ordinal) && taken.Error.Contains("first", StringComparison.Ordinal), taken.ToString());
        await PublishedPort.RequireAsync(lab.Node, 18080, first.Container, other);

        await first.StopAsync();
        await first.StopAsync();
        await PublishedPort.RequireNoneAsync(lab.Node, 18080);
        Pod second = await lab.Cri.StartAsync("second", "--port", "18080:80");
        // kubelet removes the old pod late: its last DEL takes nothing from the new holder of the port.
        await first.RemoveAsync();
        await PublishedPort.RequireAsync(lab.Node, 18080, second.Container, other);

        await second.StopAsync();
        await second.RemoveAsync();
        await lab.Ctr.KillAsync("asking");
        await clean.RequireCleanAsync();
        await Flows.RequireNoneAsync(lab.Node, first.Container, second.Container, other);
    }

    [KernelFact]
    public async Task Bandwidth_annotations_are_limits_outside_of_the_pod_with_a_burst_that_makes_sense()
    {
        HostState clean = await lab.CleanAsync();
        Pod pod = await lab.Cri.StartAsync(
            "limited", "--annotation", "kubernetes.io/ingress-bandwidth=10M", "--annotation", "kubernetes.io/egress-bandwidth=20M");
        string disciplines = (await lab.Node.OnAsync("tc", "qdisc", "show")).Succeeded().Output;
        string[] ingress = [.. disciplines.Split('\n').Where(line => line.Contains("qdisc tbf", StringComparison.Ordinal) && line.Contains("dev wft", StringComparison.Ordinal))];
        // For frames, 14 bytes longer than the packets of the MTU, that carry the wished rate.
        Assert.Matches("rate 10(09|10)[0-9]Kbit", Assert.Single(ingress));
        // containerd asks for a burst of 4294967295 bits, half a GiB.
        Assert.DoesNotContain("Mb ", ingress[0], StringComparison.Ordinal);
        Assert.Matches("rate 20[12][0-9]{2}Kbit", (await lab.Node.OnAsync("tc", "class", "show", "dev", "weft-shape")).Succeeded().Output);
        LabContainer other = await lab.Ctr.StartAsync("unlimited");
        await pod.Container.RequireTrafficAsync(other);
        await other.RequireTrafficAsync(pod.Container);

        await pod.StopAsync();
        await pod.RemoveAsync();
        await lab.Ctr.KillAsync("unlimited");
        await clean.RequireCleanAsync();
    }
}
