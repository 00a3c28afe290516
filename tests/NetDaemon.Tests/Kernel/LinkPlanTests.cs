using Weft.NetDaemon.Kernel;

namespace Weft.NetDaemon.Tests.Kernel;

public sealed class LinkPlanTests
{
    private static readonly LinkPlan Plan = LinkPlan.Build(Plans.Networks(), Plans.Blocks(), Plans.Attachments());

    [Fact]
    public void Every_network_has_a_bridge() =>
        Assert.Equal(["weft1 1450 02:57:01:00:00:01 weft network default", "weft2 1400 02:57:01:00:00:02 weft network lab"],
            Plan.Networks.Select(n => $"{n.Bridge} {n.Mtu} {n.BridgeMac} {n.BridgeAlias}"));

    [Fact]
    public void Every_pool_and_block_is_routed_nowhere() =>
        Assert.Equal(
            [
                "Blackhole 10.83.0.0/16", "Blackhole 10.83.0.0/26", "Blackhole 172.20.0.0/24", "Blackhole 172.20.0.64/26",
                "Blackhole fd00:57::/56", "Blackhole fd00:57::/122",
            ],
            Plan.Blocks.Select(LinkReconciler.BlockRoute).Select(r => $"{r.Type} {r.Destination}"));

    [Fact]
    public void Every_attachment_of_a_network_has_a_port_which_is_required_once_it_is_committed() =>
        Assert.Equal(["wfta weft1 True", "wftb weft1 False", "wftc weft2 True"],
            Plan.Ports.Select(p => $"{p.Attachment.HostInterface} {p.Bridge} {p.Required}"));

    [Fact]
    public void A_container_is_reached_by_its_bridge() =>
        Assert.Equal("10.83.0.1/32 7, fd00:57::1/128 7",
            string.Join(", ", Plan.Ports[0].Attachment.Addresses.Select(a => LinkReconciler.ContainerRoute(a.Address, 7)).Select(r => $"{r.Destination} {r.LinkIndex}")));
}
