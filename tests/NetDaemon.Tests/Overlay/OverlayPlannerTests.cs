using System.Collections.Immutable;
using CsCheck;
using Weft.Contracts.V1;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Overlay;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Tests.Kernel;

namespace Weft.NetDaemon.Tests.Overlay;

/// <summary>What is planned step by step, and carried out as differences, is what would be planned from nothing.</summary>
public sealed class OverlayPlannerTests
{
    // One number stands for any step: few nodes, addresses and blocks, so that they meet.
    private static readonly Gen<int[]> AnySteps = Gen.Int[0, 100_000].Array[1, 40];

    [Fact]
    public void A_plan_that_follows_from_another_is_as_one_from_nothing() => AnySteps.Sample(steps =>
    {
        var planner = new OverlayPlanner();
        var facts = new Facts();
        foreach (int step in steps)
        {
            facts.Take(step);
            Assert.Equal(Text(facts.PlanFromNothing()), Text(facts.Plan(planner)));
        }
    });

    [Fact]
    public void The_differences_of_plans_in_a_row_lead_from_one_whole_to_the_next() => AnySteps.Sample(steps =>
    {
        var planner = new OverlayPlanner();
        var facts = new Facts();
        IReadOnlyList<OverlayPlan> before = facts.Plan(planner);
        foreach (int step in steps)
        {
            facts.Take(step);
            IReadOnlyList<OverlayPlan> after = facts.Plan(planner);
            HashSet<string> elements = Elements(OverlaySets.Difference(before, []));
            foreach (string gone in Elements(OverlaySets.Difference(before, after)))
            {
                Assert.True(elements.Remove(gone), $"{gone} is not there");
            }
            foreach (string added in Elements(OverlaySets.Difference(after, before)))
            {
                Assert.True(elements.Add(added), $"{added} is there already");
            }
            Assert.Equal(Elements(OverlaySets.Difference(after, [])).Order(), elements.Order());
            Assert.Equal(Operations(Tables(after), Tables(before)).Order(), Operations(Tables(after, before), Tables(before, after)).Order());
            before = after;
        }
    });

    [Fact]
    public void A_node_that_stays_as_it_is_stays_the_same_object()
    {
        var planner = new OverlayPlanner();
        var facts = new Facts();
        for (int step = 0; step < 200; step++)
        {
            facts.Take(step);
        }
        facts.SetNode(9, address: 9);
        IReadOnlyList<OverlayPlan> before = facts.Plan(planner);
        facts.SetNode(9, address: 10);
        IReadOnlyList<OverlayPlan> after = facts.Plan(planner);

        Assert.All(before.Zip(after), p => Assert.Equal([9u], p.Second.PeersUnlike(p.First).Select(peer => peer.Node.Number)));
    }

    [Fact]
    public void A_plan_knows_its_routes()
    {
        var facts = new Facts();
        facts.SetNode(2, address: 2);
        facts.SetNode(3, address: 3);
        facts.SetBlock("default-v4", "10.83.1.0/26", 3);
        OverlayPlan plan = facts.PlanFromNothing()[0];

        Assert.True(plan.Routes(Cidr.Parse("10.83.1.0/26"), OverlayKeys.Nexthop(1, 3)));
        Assert.False(plan.Routes(Cidr.Parse("10.83.1.0/26"), OverlayKeys.Nexthop(1, 2)));
        Assert.False(plan.Routes(Cidr.Parse("10.83.2.0/26"), OverlayKeys.Nexthop(1, 3)));
        Assert.False(plan.Routes(Cidr.Parse("10.83.1.0/26"), OverlayKeys.Nexthop(1, 4)));
    }

    [Fact]
    public void A_plan_knows_where_its_device_sends_frames()
    {
        var facts = new Facts();
        facts.SetNode(2, address: 2);
        facts.SetNode(3, address: 3);
        OverlayPlan plan = facts.PlanFromNothing()[0];
        OverlayPeer third = plan.Peers[1];

        Assert.True(plan.Forwards(third.Mac, third.Underlay));
        Assert.False(plan.Forwards(third.Mac, plan.Peers[0].Underlay));
        Assert.False(plan.Forwards(third.Mac, null));
        Assert.True(plan.Forwards(OverlayKeys.Mac(4), null));
        Assert.False(plan.Forwards(OverlayKeys.Mac(4), third.Underlay));
        // The same node by its last bytes, but not its MAC.
        Assert.False(plan.Forwards(MacAddress.Parse("02:00:00:00:00:03"), third.Underlay));
    }

    private static OverlayTables Tables(IReadOnlyList<OverlayPlan> plans, IReadOnlyList<OverlayPlan>? unlike = null)
    {
        var tables = new OverlayTables();
        foreach (OverlayPlan plan in plans)
        {
            plan.AddTo(tables, (int)plan.Network.Number + 4, uplink: 2, unlike?.FirstOrDefault(p => p.Network == plan.Network));
        }
        return tables;
    }

    private static List<string> Operations(OverlayTables wanted, OverlayTables have)
    {
        var batch = new RouteBatch();
        OverlayDiff.Queue(batch, wanted, new OverlayState { Tables = have });
        return [.. Enumerable.Range(0, batch.Count).Select(batch.OperationAt)];
    }

    private static HashSet<string> Elements(IEnumerable<(Dataplane.Nftables.NftSet Set, Dataplane.Nftables.NftElement Element)> elements)
    {
        List<string> all = [.. elements.Select(e => $"{e.Set.Name} {e.Element.Format(e.Set)}")];
        Assert.Distinct(all);
        return [.. all];
    }

    private static string Text(IReadOnlyList<OverlayPlan> plans) => string.Join('\n', plans.Select(plan =>
        $"{plan.Network} {plan.Device} {string.Join(',', plan.Own.Blocks)} {string.Join("; ", plan.Problems)}\n"
        + string.Join('\n', plan.Peers.Select(p => $"{p.Nexthop} {p.Gateway} {p.Mac} {p.Underlay} {p.Adjacent} {p.IsDirect} {string.Join(',', p.Blocks)} {p.Node.Underlay4} {p.Node.Underlay6}"))));

    /// <summary>What nodes publish, changed step by step as directories do it.</summary>
    private sealed class Facts
    {
        private const int Nodes = 12;

        private readonly NetworkSnapshot _networks = Plans.Networks();
        private NodeSnapshot _nodes = NodeSnapshot.Empty;
        private BlockSnapshot _blocks = BlockSnapshot.Empty;
        private BlockSnapshot _moved = BlockSnapshot.Empty;
        private KnownNode _own = Node(1, 1, 1500);
        private long _revision;

        public IReadOnlyList<OverlayPlan> Plan(OverlayPlanner planner) => planner.Build(_networks, _nodes, _blocks, _own, _moved);

        public IReadOnlyList<OverlayPlan> PlanFromNothing() => OverlayFacts.Build(
            _networks, _nodes, new BlockSnapshot(_blocks.ByKey, _blocks.Revision), _own, new BlockSnapshot(_moved.ByKey, _moved.Revision));

        public void Take(int step)
        {
            uint node = (uint)(step / 16 % Nodes) + 1;
            int variant = step / 16 / Nodes;
            switch (step % 16)
            {
                case 0 or 1:
                    _nodes = new NodeSnapshot(_nodes.ByName.Remove($"node{node}"), ++_revision);
                    break;
                case 2:
                    _own = Node(1, (uint)variant % 3, 1500);
                    break;
                case < 7:
                    SetNode(node, (uint)variant % 20, variant % 7 == 0 ? 1400u : 1500u);
                    break;
                case < 11:
                    SetBlock("default-v4", $"10.83.{variant % 6}.0/26", step % 5 == 0 ? null : node);
                    break;
                case 11:
                    SetBlock("lab-v4", $"172.20.0.{variant % 4 * 64}/26", step % 5 == 0 ? null : node);
                    break;
                case 12:
                    SetBlock("default-v6", $"fd00:57::{variant % 4 * 64:x}/122", step % 5 == 0 ? null : node);
                    break;
                case 13:
                    SetBlock("default-v4", $"10.83.{variant % 6}.9/32", node);       // as nobody writes it
                    break;
                default:
                    Set(ref _moved, StoreKeys.MovedAddress("default", $"10.83.{variant % 6}.9"), "default", $"10.83.{variant % 6}.9/32", step % 5 == 0 ? null : node);
                    break;
            }
        }

        public void SetNode(uint number, uint address, uint mtu = 1500) =>
            _nodes = new NodeSnapshot(_nodes.ByName.SetItem($"node{number}", Node(number, address, mtu)), ++_revision);

        public void SetBlock(string pool, string cidr, uint? owner) => Set(ref _blocks, StoreKeys.Block(pool, cidr), pool, cidr, owner);

        private void Set(ref BlockSnapshot blocks, string key, string pool, string cidr, uint? owner)
        {
            ImmutableSortedDictionary<string, OwnedBlock> next = owner is { } node
                ? blocks.ByKey.SetItem(key, new OwnedBlock(pool, Cidr.Parse(cidr), node, 1, ++_revision))
                : blocks.ByKey.Remove(key);
            blocks = blocks.With(next, [key], _revision);
        }

        // Address 0: none at all. The same address and MAC may be several nodes'.
        private static KnownNode Node(uint number, uint address, uint mtu)
        {
            var record = new Node { Name = $"node{number}", Number = number, Mtu = mtu };
            record.UnderlayAddresses.AddRange(address == 0 ? [] : [$"192.0.2.{address}", $"2001:db8::{address}"]);
            record.Uplink = "eth0";
            record.Segments.Add("192.0.2.0/24");
            record.UplinkMac = $"02:00:00:00:01:{address:x2}";
            record.DirectRouting = (number + address) % 3 != 0;
            return KnownNode.Of(record);
        }
    }
}
