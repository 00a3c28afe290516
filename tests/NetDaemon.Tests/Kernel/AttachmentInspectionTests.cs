using Weft.Contracts.Cni;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Configuration;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Kernel;

/// <summary>CHECK on the node's side: each thing that may be wrong is named, with what it is and should be.</summary>
public sealed class AttachmentInspectionTests
{
    public static TheoryData<string, string> Damages => new()
    {
        { "ip link set weft1 down", "the bridge weft1 is down, and should be up" },
        { "ip link set weft1 address 02:00:00:00:00:01", "the bridge weft1 has MAC 02:00:00:00:00:01, and should have BRIDGEMAC" },
        { "ip addr flush dev weft1 scope global", "the bridge weft1 lacks the gateway's address 169.254.1.1" },
        { "ip -6 addr del fe80::1/64 dev weft1", "the bridge weft1 lacks the gateway's address fe80::1" },
        { "ip link set PORT down", "the host interface PORT is down, and should be up" },
        { "ip link set PORT address 02:00:00:00:00:02", "the host interface PORT has MAC 02:00:00:00:00:02, and should have HOSTMAC" },
        { "ip link set PORT mtu 1300", "the host interface PORT has MTU 1300, and should have 1450" },
        { "ip link set PORT nomaster", "the host interface PORT is a port of no bridge, and should be one of weft1" },
        { "ip link set PORT master other", "the host interface PORT is a port of other, and should be one of weft1" },
        { "bridge link set dev PORT isolated off", "the bridge port PORT is not isolated, and should be" },
        { "bridge link set dev PORT learning on", "the bridge port PORT learns addresses, and should not" },
        { "bridge fdb del CONTAINERMAC dev PORT master", "the forwarding entry CONTAINERMAC on PORT is missing" },
        { "ip route del 10.83.0.1/32", "the route 10.83.0.1/32 by weft1 is missing" },
        { "ip -6 route del fd00:57::1/128", "the route fd00:57::1/128 by weft1 is missing" },
        { "ip neigh del 10.83.0.1 dev weft1", "the neighbour entry 10.83.0.1 at CONTAINERMAC on weft1 is missing" },
        { "ip neigh replace 10.83.0.1 lladdr 02:00:00:00:00:03 dev weft1 nud permanent", "the neighbour entry 10.83.0.1 on weft1 has MAC 02:00:00:00:00:03, and should have CONTAINERMAC" },
        { "nft delete element inet weft endpoints4 { 10.83.0.1 }", "the rules lack the element 10.83.0.1 of inet weft" },
        { "nft delete element inet weft endpoints6 { fd00:57::1 }", "the rules lack the element fd00:57::1 of inet weft" },
        { "nft delete element bridge weft ports4 { PORT . CONTAINERMAC . 10.83.0.1 }", "the rules lack the element PORT . 10.83.0.1 of bridge weft" },
        { "nft delete element bridge weft ports6 { PORT . CONTAINERMAC . fd00:57::1 }", "the rules lack the element PORT . fd00:57::1 of bridge weft" },
        { "nft delete table inet weft", "the rules lack the table inet weft" },
        { "nft delete table bridge weft", "the rules lack the table bridge weft" },
        { "ip link del PORT", "the host interface PORT is missing" },
        { "ip link del weft1", "the bridge weft1 of network default is missing" },
    };

    [KernelTheory]
    [MemberData(nameof(Damages))]
    public async Task What_is_wrong_is_named(string damage, string expected)
    {
        await using TestNode node = await TestNode.StartAsync(NftablesOwner.Off);
        using var container = new TestNamespace();
        AttachmentRecord record = await node.AddAsync("c1", container.Namespace);
        node.Namespace.Sh("ip link add other type bridge");
        Assert.Empty((await node.Service.CheckAsync(record.Key)).Problems);
        string Fill(string text) => text
            .Replace("PORT", record.HostInterface, StringComparison.Ordinal)
            .Replace("BRIDGEMAC", node.Catalog.Current.All[0].BridgeMac.ToString(), StringComparison.Ordinal)
            .Replace("HOSTMAC", new MacAddress(record.HostMac.Span).ToString(), StringComparison.Ordinal)
            .Replace("CONTAINERMAC", new MacAddress(record.ContainerMac.Span).ToString(), StringComparison.Ordinal);

        node.Namespace.Sh(Fill(damage));

        CheckReply reply = await node.Service.CheckAsync(record.Key);
        Assert.Contains(Fill(expected), reply.Problems);
    }
}
