using System.Net;
using Weft.Dataplane.Conntrack;
using Weft.NetDaemon.Configuration;
using Weft.TestSupport;
using static Weft.NetDaemon.Tests.Kernel.PublishingNode;

namespace Weft.NetDaemon.Tests.Kernel;

/// <summary>Flows that the kernel tracks, of containers that are gone.</summary>
public sealed class FlowReaperTests
{
    private const int Port = 80;

    [KernelFact]
    public async Task Who_gets_an_address_again_at_once_inherits_no_flow_and_loses_none_of_its_own()
    {
        await using PublishingNode lab = await StartAsync(NftablesOwner.Off);
        PublishedContainer first = await lab.AddAsync("web");
        IPAddress address = first.Record.Addresses[0].Address;
        await TalkAsync(first);
        Assert.NotEmpty(FlowsOf(lab, address));

        await lab.RemoveAsync(first);
        PublishedContainer second = await lab.AddAsync("web", "", [], address);
        Assert.Equal(address, second.Record.Addresses[0].Address);
        Assert.Empty(FlowsOf(lab, address));

        await TalkAsync(second);
        List<string> own = FlowsOf(lab, address);
        Assert.NotEmpty(own);
        await lab.Node.StopKernelAsync();       // finishes what is still to be forgotten
        Assert.Equal(own, FlowsOf(lab, address));

        async Task TalkAsync(PublishedContainer container)
        {
            lab.Serve(container, Udp, Port);
            Assert.StartsWith("web ", await Talk.AskAsync(lab.Node.Namespace, Udp, address, Port), StringComparison.Ordinal);
        }
    }

    [KernelFact]
    public async Task Flows_of_an_address_that_nobody_gets_again_go_too()
    {
        await using PublishingNode lab = await StartAsync(NftablesOwner.Off);
        PublishedContainer web = await lab.AddAsync("web");
        IPAddress address = web.Record.Addresses[0].Address;
        lab.Serve(web, Udp, Port);
        Assert.StartsWith("web ", await Talk.AskAsync(lab.Node.Namespace, Udp, address, Port), StringComparison.Ordinal);

        await lab.RemoveAsync(web);

        using var limit = new CancellationTokenSource(Programs.DefaultLimit);
        while (FlowsOf(lab, address).Count > 0)
        {
            limit.Token.ThrowIfCancellationRequested();
        }
    }

    private static List<string> FlowsOf(PublishingNode lab, IPAddress address)
    {
        using ConntrackSocket flows = ConntrackSocket.Open(lab.Node.Namespace.Namespace);
        return [.. flows.Entries(new ConntrackSelection().Add(address)).Select(f => $"{f.Id} {f.Original}")];
    }
}
