using Weft.NetDaemon.Kernel;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Kernel;

/// <summary>DEL leaves a link up until it is deleted with others (docs/decisions/0009-parked-links-stay-up.md): only rules stand in its way.</summary>
public sealed class ParkedLinkTests
{
    [KernelFact]
    public async Task A_link_that_waits_for_its_deletion_sends_nothing()
    {
        await using PublishingNode node = await PublishingNode.StartAsync();
        PublishedContainer parked = await node.AddAsync("parked");
        PublishedContainer other = await node.AddAsync("other");
        string[] targets = ["169.254.1.1", .. other.Record.Addresses.Select(a => a.Address.ToString())];
        Assert.All(targets, target => Assert.True(Pings(parked, target), target));

        // As DEL leaves it; the reaper, whom nobody told, does not take it away.
        node.Node.Kernel.Revoke(parked.Record);
        node.Node.Namespace.Sh($"ip link set {parked.Record.HostInterface} group {LinkReaper.Group}");

        Assert.True(node.Node.Link(parked.Record.HostInterface)!.IsUp);
        Assert.All(targets, target => Assert.False(Pings(parked, target), target));
        Assert.All(parked.Record.Addresses, a => Assert.False(Pings(other, a.Address.ToString()), a.Address.ToString()));
    }

    private static bool Pings(PublishedContainer container, string address) =>
        container.Space.Exec("ping", "-n", "-c", "2", "-i", "0.3", "-W", "1", address).ExitCode == 0;
}
