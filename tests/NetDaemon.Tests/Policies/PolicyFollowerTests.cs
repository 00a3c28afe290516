using System.Text;
using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Policies;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Tests.Kernel;
using Weft.TestSupport;
using static Weft.NetDaemon.Tests.Kernel.PublishingNode;

namespace Weft.NetDaemon.Tests.Policies;

/// <summary>From the store into the kernel.</summary>
public sealed class PolicyFollowerTests
{
    private static readonly NetworkPolicy Closed = new()
    {
        Metadata = new ObjectMeta { Namespace = "shop", Name = "closed" },
        PodSelector = new LabelSelector { MatchLabels = { ["app"] = "web" } },
    };

    [KernelFact]
    public async Task What_is_written_and_deleted_in_the_store_is_in_force_and_no_more()
    {
        await using PolicyLab lab = await PolicyLab.StartAsync();
        await using Following following = await Following.StartAsync(lab);
        PublishedContainer web = await lab.AddAsync("web", "app=web");
        PublishedContainer client = await lab.AddAsync("client");
        lab.Lab.Serve(web, Tcp, 80);

        await following.PutAsync(StoreKeys.NetworkPolicies + "shop/closed", Closed.ToByteArray());
        await following.UntilAsync(world => world.Policies.Count == 1);
        Assert.False(await lab.ReachesAsync(client, web, Tcp, 80));
        Assert.Equal("1 in force", following.Condition);

        await following.DeleteAsync(StoreKeys.NetworkPolicies + "shop/closed");
        await following.UntilAsync(world => world.Policies.IsEmpty);
        Assert.True(await lab.ReachesAsync(client, web, Tcp, 80));
        lab.AssertNothingToRepair();
    }

    [KernelFact]
    public async Task A_key_that_cannot_be_read_is_told_and_changes_nothing_else()
    {
        await using PolicyLab lab = await PolicyLab.StartAsync();
        await using Following following = await Following.StartAsync(lab);
        PublishedContainer web = await lab.AddAsync("web", "app=web");
        PublishedContainer client = await lab.AddAsync("client");
        lab.Lab.Serve(web, Tcp, 80);
        await following.PutAsync(StoreKeys.NetworkPolicies + "shop/closed", Closed.ToByteArray());
        await following.UntilAsync(world => world.Policies.Count == 1);

        await following.PutAsync(StoreKeys.NetworkPolicies + "shop/closed", "\xff\xff\xff"u8.ToArray());
        await following.PutAsync(StoreKeys.NetworkPolicies + "shop/junk", Encoding.ASCII.GetBytes("no policy"));
        await following.PutAsync(StoreKeys.Namespaces + "last", new Namespace { Metadata = new ObjectMeta { Name = "last" } }.ToByteArray());
        await following.UntilAsync(world => world.Namespaces.ContainsKey("last") && following.Condition.Contains("and 1 more", StringComparison.Ordinal));

        Assert.False(await lab.ReachesAsync(client, web, Tcp, 80));
        Assert.Contains("what it said before stays in force", following.Condition, StringComparison.Ordinal);

        await following.PutAsync(StoreKeys.NetworkPolicies + "shop/closed", Closed.ToByteArray());
        await following.DeleteAsync(StoreKeys.NetworkPolicies + "shop/junk");
        await following.UntilAsync(_ => following.Condition == "1 in force");
    }

    [KernelFact]
    public async Task Other_nodes_endpoints_are_known_before_the_first_policy_is_in_force()
    {
        await using PolicyLab lab = await PolicyLab.StartAsync();
        await using Following following = await Following.StartAsync(lab, shared: true);
        PublishedContainer web = await lab.AddAsync("web", "app=web");
        lab.Lab.Serve(web, Tcp, 80);
        var remote = new Endpoint { Namespace = "shop", Name = "far", Node = "node-b", HostInterface = "wftfar", Addresses = { World4.ToString() }, Labels = { ["role"] = "client" } };
        string key = StoreKeys.Endpoint("shop", "far", "wftfar");
        await following.PutAsync(key, remote.ToByteArray());
        NetworkPolicy clients = Closed.Clone();
        clients.Ingress.Add(new NetworkPolicyIngressRule { From = { new NetworkPolicyPeer { PodSelector = new LabelSelector { MatchLabels = { ["role"] = "client" } } } } });

        await following.PutAsync(StoreKeys.NetworkPolicies + "shop/closed", clients.ToByteArray());
        await following.UntilAsync(world => world.Policies.Count == 1);
        Assert.True(await lab.ReachesAsync(lab.Lab.World, web.Record.Addresses[0].Address, Tcp, 80));

        await following.DeleteAsync(key);
        await following.UntilAsync(world => world.EndpointAt(World4) is null);
        Assert.False(await lab.ReachesAsync(lab.Lab.World, web.Record.Addresses[0].Address, Tcp, 80));
        lab.AssertNothingToRepair();
    }

    /// <summary>A follower on the lab's node, with the node's own store.</summary>
    private sealed class Following : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly PolicyLab _lab;
        private readonly HealthBoard _health = new(TimeProvider.System);
        private readonly PolicyEngine _engine;
        private readonly Task _loop;

        private Following(PolicyLab lab, PolicyEngine engine, PolicyFollower follower, HealthBoard health)
        {
            (_lab, _engine, _health) = (lab, engine, health);
            _loop = follower.RunAsync(_stop.Token);
        }

        public string Condition
        {
            get
            {
                var reply = new StatusReply();
                _health.FillIn(reply);
                return reply.Conditions.Single(condition => condition.Name == HealthBoard.Policies).Message;
            }
        }

        public static async Task<Following> StartAsync(PolicyLab lab, bool shared = false)
        {
            PolicyEngine engine = null!;
            lab.Change(known => engine = known);
            var health = new HealthBoard(TimeProvider.System);
            var nodes = new NodeDirectory(lab.Node.Store, health, TimeProvider.System, new RecordingLogger<NodeDirectory>());
            await nodes.LoadAsync(CancellationToken.None);
            var follower = new PolicyFollower(
                lab.Node.Store, shared, nodes, engine, lab.Kernel, lab.Node.NodeLock, health, TimeProvider.System, new RecordingLogger<PolicyFollower>())
            {
                LookAtEverything = () => lab.Node.Reconciler.RunAsync(Weft.NetDaemon.Kernel.ReconcileCause.Configuration),
            };
            await follower.LoadAsync(CancellationToken.None);
            return new Following(lab, engine, follower, health);
        }

        public async Task PutAsync(string key, byte[] value) => await _lab.Node.Store.TxnAsync(new StoreTxn().Put(key, value), CancellationToken.None);

        public async Task DeleteAsync(string key) => await _lab.Node.Store.TxnAsync(new StoreTxn().Delete(key), CancellationToken.None);

        /// <summary>Waits until the world is so, and in the kernel.</summary>
        public async Task UntilAsync(Func<Weft.Policy.Model.PolicyWorld, bool> so)
        {
            using var limit = new CancellationTokenSource(Programs.DefaultLimit);
            while (!so(_engine.World))
            {
                await Task.Delay(5, limit.Token);
            }
            using (await _lab.Node.NodeLock.EnterAsync())
            {
                return;     // who changed it has left the kernel
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stop.Dispose();
        }
    }
}
