using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Nftables;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Overlay;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// What the tables inet weft and bridge weft should be: a pure function of networks, blocks and attachments. What changes with each
/// container is set elements; rules change only with this program.
/// </summary>
internal sealed class FirewallPlan
{
    private FirewallPlan(NftRuleset routed, NftRuleset bridged) => (Routed, Bridged) = (routed, bridged);

    /// <summary>inet weft: what is forwarded, and masqueraded.</summary>
    public NftRuleset Routed { get; }

    /// <summary>bridge weft: what containers may send at all.</summary>
    public NftRuleset Bridged { get; }

    /// <param name="routedTable">inet weft, with the flags that it is to have.</param>
    /// <param name="bridgedTable">bridge weft, likewise.</param>
    /// <param name="networks">All networks.</param>
    /// <param name="blocks">This node's blocks.</param>
    /// <param name="attachments">This node's attachments, pending ones included.</param>
    /// <param name="overlays">The networks' overlays; null: there are none.</param>
    public static FirewallPlan Build(
        NftTable routedTable,
        NftTable bridgedTable,
        NetworkSnapshot networks,
        IReadOnlyList<Cidr> blocks,
        IReadOnlyList<AttachmentRecord> attachments,
        IReadOnlyList<OverlayPlan>? overlays = null)
    {
        var addresses = attachments.SelectMany(a => a.Addresses).Select(a => a.Address).ToList();
        NetworkView[] masqueraded = [.. networks.All.Where(n => n.Masquerade)];
        NftRuleset routed = RoutedRules.Build(routedTable, overlays ?? [])
            .AddElements(FirewallSets.Bridges, [.. networks.All.Select(n => (NftElement)NftValue.Interface(n.Bridge))])
            .AddElements(FirewallSets.Paths, [.. networks.All.Select(n => (NftElement)FirewallSets.Path(n.Bridge, n.Bridge))]);
        foreach (AddressFamily family in (AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            routed
                .AddElements(FirewallSets.Pools(family), Ranges(networks.All.SelectMany(n => n.Ranges), family))
                .AddElements(FirewallSets.Masqueraded(family), Ranges(masqueraded.SelectMany(n => n.Ranges), family))
                .AddElements(FirewallSets.Blocks(family), Ranges(blocks, family))
                .AddElements(
                    FirewallSets.Endpoints(family),
                    [.. addresses.Where(a => a.AddressFamily == family).Select(a => (NftElement)NftValue.Address(a))]);
        }
        PublishedPortSets.AddElements(routed, attachments);
        OverlayRules.AddTo(routed, networks, overlays ?? []);
        NftRuleset bridged = BridgedRules.Build(bridgedTable, (overlays ?? []).Select(o => o.Network.Port));
        foreach (AttachmentRecord attachment in attachments)
        {
            foreach (IPAddress address in attachment.Addresses.Select(a => a.Address))
            {
                bridged.AddElements(FirewallSets.Ports(address.AddressFamily), (NftElement)FirewallSets.Port(attachment, address));
            }
        }
        return new FirewallPlan(routed, bridged);
    }

    private static NftElement[] Ranges(IEnumerable<Cidr> ranges, AddressFamily family) =>
        [.. ranges.Where(r => r.Family == family).Distinct().Order().Select(FirewallSets.Range)];
}
