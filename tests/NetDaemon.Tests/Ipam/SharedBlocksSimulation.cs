using System.Net;
using CsCheck;
using Weft.Contracts.V1;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Recovery;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Ipam;

/// <summary>
/// Many nodes on one store, with partitions, lost answers, crashes, reboots, machines that never come back, clocks that go wrong, wall clocks that jump, and a store that loses its
/// data or goes back to a backup of them. WEFT_SIMULATION_RUNS: how many
/// histories on each store (a few when it is not set). A failure prints its seed; CsCheck_Seed=... plays it again.
/// </summary>
public sealed class SharedBlocksSimulation
{
    private const int Nodes = 5;

    // A reclaimer looks every 5 minutes, takes after the bound, and frees after the quarantine; which node does it may change some times, and a look may go by for nothing each time.
    // Twice: a dead node is waited for after a loss of the store's data, and then for its blocks.
    private static readonly TimeSpan LeakBound =
        ((BlockReclaimer.Bound(SimulatedNode.Hold) + (SimulatedNode.ReclaimInterval * 15)) * 2) + SimulatedNode.Quarantine;

    private enum Step { Attach, AttachMany, Detach, Look, LookAll, Wait, WaitLong, Cut, Heal, LoseAnswer, Crash, Start, TurnOff, JumpWall, BackUp, LoseData, Restore }

    private static readonly Gen<(Step Step, int Node, int Choice)[]> Histories = Gen.Select(
        Gen.Frequency(
            (10, Gen.Const(Step.Attach)), (3, Gen.Const(Step.AttachMany)), (6, Gen.Const(Step.Detach)), (4, Gen.Const(Step.Look)), (8, Gen.Const(Step.LookAll)), (8, Gen.Const(Step.Wait)),
            (6, Gen.Const(Step.WaitLong)), (3, Gen.Const(Step.Cut)), (3, Gen.Const(Step.Heal)), (2, Gen.Const(Step.LoseAnswer)), (2, Gen.Const(Step.Crash)),
            (5, Gen.Const(Step.Start)), (1, Gen.Const(Step.TurnOff)), (2, Gen.Const(Step.JumpWall)),
            (1, Gen.Const(Step.BackUp)), (1, Gen.Const(Step.LoseData)), (1, Gen.Const(Step.Restore))),
        Gen.Int[0, Nodes - 1], Gen.Int[0, 99]).Array[20, 120];

    private static long Runs(long few) => long.TryParse(Environment.GetEnvironmentVariable("WEFT_SIMULATION_RUNS"), out long runs) ? runs : few;

    [Fact]
    public void No_address_is_live_on_two_nodes_with_current_epochs_and_every_leaked_one_comes_back() =>
        Histories.Sample(history => RunEmbeddedAsync(history).GetAwaiter().GetResult(), iter: Runs(25), threads: 1);

    [SkippableFact]
    public async Task The_same_holds_on_etcd()
    {
        Skip.IfNot(EtcdServer.IsInstalled, "etcd is not installed");
        await using EtcdServer server = await EtcdServer.StartAsync();
        Histories.Sample(history => RunEtcdAsync(server, history).GetAwaiter().GetResult(), iter: Runs(4), threads: 1);
    }

    private static async Task RunEmbeddedAsync((Step, int, int)[] history)
    {
        await using var store = new LosableStore.Embedded();
        await RunAsync(store, history);
    }

    private static async Task RunEtcdAsync(EtcdServer server, (Step, int, int)[] history)
    {
        server.Control("del", "--prefix", "/");
        await using var store = new LosableStore.Etcd(server);
        await RunAsync(store, history);
    }

    private static async Task RunAsync(LosableStore losable, (Step Step, int Node, int Choice)[] history)
    {
        var store = new SimulatedLeases(losable);
        await store.TxnAsync(new StoreTxn().Put(StoreKeys.Cluster, Google.Protobuf.MessageExtensions.ToByteArray(new Cluster { Uuid = "simulated" })), default);
        Pool[] pools = [AllocatorBench.Pool("four 10.88.0.0/25 28"), AllocatorBench.Pool("more 10.89.0.0/27 29")];
        foreach (Pool pool in pools)
        {
            await store.TxnAsync(new StoreTxn().Put(StoreKeys.Pool(pool.Name), Google.Protobuf.MessageExtensions.ToByteArray(pool)), default);
        }
        SimulatedNode[] nodes = [.. Enumerable.Range(1, Nodes).Select(n => new SimulatedNode((uint)n, store, pools, 1 + ((n - 3) * 0.02)))];
        try
        {
            foreach (SimulatedNode node in nodes)
            {
                await store.TxnAsync(new StoreTxn().Put(StoreKeys.NodeNumber(node.Number), System.Text.Encoding.UTF8.GetBytes(node.Name)), default);
                Assert.True(await node.StartAsync());
            }
            foreach ((Step step, int which, int choice) in history)
            {
                await DoAsync(step, nodes[which], choice);
                await RequireAsync(store, nodes);
            }
            await ComeToRestAsync(store, nodes, pools, PassAsync);
        }
        finally
        {
            foreach (SimulatedNode node in nodes)
            {
                await node.DisposeAsync();
            }
        }

        async Task PassAsync(TimeSpan time)
        {
            await store.AdvanceAsync(time);
            Array.ForEach(nodes, n => n.Advance(time));
        }

        async Task DoAsync(Step step, SimulatedNode node, int choice)
        {
            switch (step)
            {
                case Step.Attach or Step.AttachMany:
                    for (int i = 0; i < (step == Step.Attach ? 1 : choice % 12); i++)
                    {
                        if (await node.AttachAsync() is { } record)
                        {
                            await RequireOwnAsync(store, nodes, node, record);
                        }
                    }
                    break;
                case Step.Detach:
                    node.Detach(choice);
                    break;
                case Step.Look:
                    await node.LookAsync();
                    break;
                case Step.LookAll:
                    foreach (SimulatedNode each in nodes)
                    {
                        await each.LookAsync();
                    }
                    break;
                case Step.Wait:
                    await PassAsync(TimeSpan.FromSeconds(choice));
                    break;
                case Step.WaitLong:
                    // As it is when weftd runs: it looks again and again.
                    for (int i = 0; i < choice % 10; i++)
                    {
                        await PassAsync(TimeSpan.FromMinutes(5));
                        await DoAsync(Step.LookAll, node, 0);
                    }
                    break;
                case Step.Cut:
                    await node.RememberAsync();
                    node.Store.IsCut = true;
                    break;
                case Step.Heal:
                    (node.Store.IsCut, node.Store.LosesNextAnswer) = (false, false);
                    break;
                case Step.LoseAnswer:
                    node.Store.LosesNextAnswer = true;
                    break;
                case Step.Crash:
                    await node.RememberAsync();
                    node.Crash();
                    break;
                case Step.Start when !node.IsUp:
                    await node.StartAsync();
                    break;
                case Step.TurnOff:
                    await node.RememberAsync();
                    node.TurnOff();
                    break;
                case Step.BackUp:
                    await losable.BackUpAsync();
                    break;
                case Step.LoseData:
                    await LoseAsync(losable.LoseAsync);
                    break;
                // One node at least must know what was there: a backup without anybody who saw more looks like the store itself.
                case Step.Restore when Array.Exists(nodes, n => n.IsUp && !n.Store.IsCut):
                    await LoseAsync(losable.RestoreAsync);
                    break;
                case Step.JumpWall:
                    node.Clock.WallOffset = TimeSpan.FromHours(choice - 50);
                    break;
                default:
                    break;
            }
        }

        // Who is connected has seen what there was, and is the first to find out.
        async Task LoseAsync(Func<Task> lose)
        {
            await RememberAllAsync();
            await lose();
            await store.RestoredAsync();
            await RememberAllAsync();
        }

        async Task RememberAllAsync()
        {
            foreach (SimulatedNode each in nodes)
            {
                await each.RememberAsync();
            }
        }
    }

    /// <summary>What was just given out is in a block that is this node's at this very moment, as the store has it.</summary>
    /// <remarks>A store that lost its data may not know yet: then nobody else believes that it is his.</remarks>
    private static async Task RequireOwnAsync(SimulatedLeases store, SimulatedNode[] nodes, SimulatedNode node, AttachmentRecord record)
    {
        OwnedBlock[] blocks = await BlocksAsync(store);
        bool isWhole = ClusterState.TryRead(await store.GetAsync(StoreKeys.Cluster, default)) is { IsGathering: false };
        foreach (IPAddress address in record.Addresses.Select(a => a.Address))
        {
            foreach (SimulatedNode other in nodes.Where(n => n != node))
            {
                Assert.False(other.Holds(address), $"{node.Name} gave out {address}, which {other.Name} may give out");
                Assert.False(
                    other.Live.SelectMany(r => r.Addresses).Any(a => a.Address.Equals(address)) && other.IsHeard && !other.HasConflict(address),
                    $"{node.Name} gave out {address}, which {other.Name} has and does not know that it should not");
            }
            Assert.True(node.Holds(address));
            if (!isWhole)
            {
                continue;
            }
            OwnedBlock? block = Array.Find(blocks, b => b.Cidr.Contains(address));
            Assert.True(block?.Owner == node.Number, $"{node.Name} gave out {address}, whose block is {block}");
            Assert.True(
                node.Allocator!.Usage(node.Pools).SelectMany(u => u.Blocks).Any(b => b.Cidr == block.Cidr && b.Epoch == block.Epoch),
                $"{node.Name} gave out {address} of an epoch that is not {block}");
        }
    }

    /// <summary>No address is live on two nodes that both have its block under the current epoch; nor twice on one node.</summary>
    private static async Task RequireAsync(SimulatedLeases store, SimulatedNode[] nodes)
    {
        OwnedBlock[] blocks = await BlocksAsync(store);
        var live = nodes.SelectMany(n => n.Live.SelectMany(r => r.Addresses).Select(a => (Node: n, a.Address))).ToLookup(l => l.Address, l => l.Node);
        foreach (IGrouping<IPAddress, SimulatedNode> address in live)
        {
            Assert.Equal(address.Distinct().Count(), address.Count());
            uint owner = Array.Find(blocks, b => b.Cidr.Contains(address.Key))?.Owner ?? 0;
            Assert.True(address.Count(n => n.Number == owner) <= 1);
            // Two with one address: then one of them at least has been away for so long that its block was another's to take.
            Assert.True(address.Count() == 1 || address.Any(n => n.Number != owner), $"{address.Key} is live on {string.Join(" and ", address.Select(n => n.Name))}");
        }
    }

    /// <summary>Partitions end, dead machines stay dead: within the bound no block is a dead one's, each node knows its blocks and its conflicts, and all that is free can be had.</summary>
    private static async Task ComeToRestAsync(SimulatedLeases store, SimulatedNode[] nodes, Pool[] pools, Func<TimeSpan, Task> pass)
    {
        foreach (SimulatedNode node in nodes)
        {
            (node.Store.IsCut, node.Store.LosesNextAnswer) = (false, false);
            Assert.True(node.IsUp || !node.IsOn || await node.StartAsync());
        }
        if (!Array.Exists(nodes, n => n.IsOn))
        {
            Assert.True(await nodes[0].StartAsync());
        }
        // Without most of the nodes somebody must say which are gone for good.
        foreach (SimulatedNode dead in nodes.Where(n => !n.IsOn && nodes.Count(m => m.IsOn) * 2 <= Nodes))
        {
            await store.TxnAsync(new StoreTxn().Delete(StoreKeys.NodeNumber(dead.Number)), default);
        }
        for (TimeSpan passed = TimeSpan.Zero; passed < LeakBound; passed += SimulatedNode.ReclaimInterval)
        {
            await pass(SimulatedNode.ReclaimInterval);
            foreach (SimulatedNode node in nodes)
            {
                await node.LookAsync();
            }
        }
        await RequireAsync(store, nodes);
        ClusterState cluster = await ClusterState.ReadAsync(store, default);
        if (cluster.IsGathering)
        {
            Gathering gathering = await Gathering.ReadAsync(store, cluster.History, BlockReclaimer.Bound(SimulatedNode.Hold), default);
            Assert.Fail($"nodes are still putting back what the store lost, and wait for {string.Join(", ", gathering.Missing(HoldStage.All))}; on: {string.Join(", ", nodes.Where(n => n.IsOn).Select(n => n.Name))}; gone: {string.Join(", ", gathering.Gone)}");
        }
        OwnedBlock[] blocks = await BlocksAsync(store);
        Assert.DoesNotContain(blocks, b => b.Owner == 0 && !b.IsFree);
        foreach (SimulatedNode node in nodes)
        {
            IEnumerable<(string, ulong)> stored = blocks.Where(b => b.Owner == node.Number).Select(b => (b.Cidr.ToString(), b.Epoch)).Order();
            if (!node.IsOn)
            {
                Assert.Empty(stored);
                continue;
            }
            Assert.Equal(stored, node.Allocator!.Usage(pools).SelectMany(u => u.Blocks).Select(b => (b.Cidr.ToString(), b.Epoch)).Order());
            Assert.Equal(
                node.Live.SelectMany(r => r.Addresses).Select(a => a.Address.ToString()).Where(a => blocks.First(b => b.Cidr.Contains(IPAddress.Parse(a))).Owner != node.Number).Order(),
                node.Allocator.Conflicts.Select(c => c.Address.ToString()).Order());
        }
        await RequireAllCanBeHadAsync(store, nodes, pools);
    }

    /// <summary>Whoever takes what is there, all nodes together, takes every address that no container has.</summary>
    private static async Task RequireAllCanBeHadAsync(SimulatedLeases store, SimulatedNode[] nodes, Pool[] pools)
    {
        foreach (SimulatedNode node in nodes.Where(n => n.IsUp))
        {
            while (await node.AttachAsync() is { } record)
            {
                await RequireOwnAsync(store, nodes, node, record);
            }
        }
        await RequireAsync(store, nodes);
        int usable = pools.Sum(p => PoolLayout.TryCreate(p, out PoolLayout? layout, out _) ? (int)layout.Usable : 0);
        Assert.Equal(usable, nodes.SelectMany(n => n.Live).SelectMany(r => r.Addresses).Select(a => a.Address).Distinct().Count());
    }

    private static async Task<OwnedBlock[]> BlocksAsync(SimulatedLeases store) =>
        [.. (await store.RangeAsync(StoreKeys.Blocks, default)).Entries.Select(BlockClaims.TryRead).OfType<OwnedBlock>()];
}
