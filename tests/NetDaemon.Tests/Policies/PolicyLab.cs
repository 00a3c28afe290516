using System.Net;
using System.Net.Sockets;
using Weft.Contracts.Cni;
using Weft.Dataplane.Nftables;
using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Policies;
using Weft.NetDaemon.Tests.Kernel;
using Weft.Policy.Labels;
using Weft.Policy.Objects;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Policies;

/// <summary>A node whose policies the test writes, with containers and a neighbour.</summary>
internal sealed class PolicyLab : IAsyncDisposable
{
    private readonly NftSocket _counters;

    private PolicyLab(PublishingNode lab) => (Lab, _counters) = (lab, NftSocket.Open(lab.Node.Namespace.Namespace));

    public PublishingNode Lab { get; }

    public TestNode Node => Lab.Node;

    public NodeKernel Kernel => Lab.Node.Kernel;

    public static async Task<PolicyLab> StartAsync(bool bridgeNetfilter = true)
    {
        PublishingNode lab = await PublishingNode.StartAsync(bridgeNetfilter: bridgeNetfilter);
        // The neighbour knows the way to containers.
        lab.World.Sh($"ip route add 10.83.0.0/16 via {PublishingNode.Node4}");
        lab.World.Sh($"ip route add fd00:57::/56 via {PublishingNode.Node6}");
        return new PolicyLab(lab);
    }

    /// <summary>A container, wired whole, of the namespace "shop" unless another is named.</summary>
    public Task<PublishedContainer> AddAsync(string name, string labels = "", string @namespace = "shop", params PortMapping[] ports) => Lab.AddAsync(name, "", ports, request =>
    {
        request.EndpointNamespace = @namespace;
        foreach (string label in labels.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            request.Labels.Add(label.Split('=')[0], label.Split('=')[1]);
        }
    });

    /// <summary>Puts policies and what they select by in force.</summary>
    public void Apply(string manifests) => Assert.True(Change(engine =>
    {
        PolicyManifests read = PolicyManifestReader.Read([("test", manifests)], out _);
        read.Namespaces.ForEach(item => engine.SetNamespace(item.Metadata.Name, LabelSet.From(item.Metadata.Labels)));
        read.NetworkSets.ForEach(item => engine.Set(PolicyReader.Read(item)));
        read.NetworkPolicies.ForEach(item => engine.Set(PolicyReader.Read(item)));
        read.ClusterNetworkPolicies.ForEach(item => engine.Set(PolicyReader.Read(item)));
        read.HostPolicies.ForEach(item => engine.Set(PolicyReader.Read(item)));
    }));

    public bool Change(Action<PolicyEngine> change) => Kernel.ChangePolicy(change, existingFlows: true) || Node.Reconcile().Problems.Count == 0;

    /// <summary>Takes a NetworkPolicy away.</summary>
    public void Delete(string name, string @namespace = "shop") => Assert.True(Change(engine => engine.Remove(new Weft.Policy.Model.PolicyName(PolicyKinds.NetworkPolicy, @namespace, name))));

    public Task<bool> ReachesAsync(PublishedContainer from, PublishedContainer to, byte protocol, int port, int family = 0) =>
        ReachesAsync(from.Space, to.Record.Addresses[family].Address, protocol, port);

    /// <summary>Whether somebody answers there, or policy drops what is sent: one of both happens.</summary>
    public async Task<bool> ReachesAsync(TestNamespace from, IPAddress to, byte protocol, int port)
    {
        ulong before = Dropped();
        Task<string> answer = Talk.AskAsync(from, protocol, to, port);
        while (!answer.IsCompleted)
        {
            if (Dropped() > before)
            {
                _ = answer.ContinueWith(static task => task.Exception, TaskScheduler.Default);
                return false;
            }
            await Task.WhenAny(answer, Task.Delay(5));
        }
        try
        {
            return (await answer).Contains(' ', StringComparison.Ordinal);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return true;        // by whom it is meant for
        }
    }

    public ulong Dropped() => Counted("drops");

    public ulong Counted(string prefix) => _counters.Counters(RoutedRules.Table).Where(counter => counter.Name.StartsWith(prefix, StringComparison.Ordinal))
        .Aggregate(0UL, (sum, counter) => sum + counter.Packets);

    /// <summary>What the kernel has is what a look at everything would make.</summary>
    public void AssertNothingToRepair() => Assert.Empty(Node.Reconcile().Changes);

    public ValueTask DisposeAsync()
    {
        _counters.Dispose();
        return Lab.DisposeAsync();
    }
}
