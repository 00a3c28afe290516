using Microsoft.Extensions.Time.Testing;
using Weft.Contracts.Cni;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Configuration;
using Weft.NetDaemon.Tests.Kernel;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Attachments;

/// <summary>CNI STATUS: ConnectivityLimited is code 51, anything else 50.</summary>
public sealed class StatusTests
{
    [KernelFact]
    public async Task All_is_well_on_a_node_with_an_uplink_and_asking_changes_nothing()
    {
        await using TestNode node = await StartAsync();

        using var container = new TestNamespace();
        await node.AddAsync("c1", container.Namespace);     // the node has its blocks

        await node.Service.RequireAvailableAsync(Ask());

        Assert.Empty(node.Reconcile().Changes);
        Assert.Empty(node.Ledger.LoadAll().Released);
    }

    [KernelTheory]
    [InlineData("ip route del default", "no default route")]
    [InlineData("ip link del up0", "no default route")]
    [InlineData("ip link set up0 down", "no default route")]
    [InlineData("ip link del weft1", "the bridge weft1 of network default is not there")]
    [InlineData("nft delete table inet weft", "the table inet weft is missing")]
    [InlineData("nft delete table bridge weft", "the table bridge weft is missing")]
    public async Task What_existing_containers_suffer_from_too_is_limited_connectivity(string damage, string said)
    {
        await using TestNode node = await StartAsync();
        node.Namespace.Sh(damage);

        RefusedException refused = await Assert.ThrowsAsync<RefusedException>(() => node.Service.RequireAvailableAsync(Ask()));

        Assert.Equal(RefusalReason.ConnectivityLimited, refused.Reason);
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task An_exhausted_pool_is_not_available()
    {
        await using TestNode node = await StartAsync();
        await node.ApplyAsync("""
            {apiVersion: weft.dev/v1, kind: Network, metadata: {name: tiny}, spec: {}}
            ---
            {apiVersion: weft.dev/v1, kind: Pool, metadata: {name: tiny}, spec: {network: tiny, cidr: 10.90.0.0/30, blockSize: 30}}
            """);
        node.Reconcile();
        using var container = new TestNamespace();
        var status = new StatusRequest { Network = TestNode.CniNetwork, WeftNetwork = "tiny" };
        RefusedException? refused = null;
        for (int i = 0; i < 5 && refused is null; i++)
        {
            refused = (RefusedException?)await Record.ExceptionAsync(() => node.Service.RequireAvailableAsync(status));
            if (refused is null)
            {
                AttachRequest request = node.Request($"c{i}", container.Namespace);
                request.WeftNetwork = "tiny";
                await node.Service.AttachAsync(request);
            }
        }

        Assert.Equal(RefusalReason.PoolExhausted, refused?.Reason);
        await node.Service.RequireAvailableAsync(Ask());        // the other network has addresses
    }

    [KernelFact]
    public async Task An_unknown_network_and_a_weftd_that_stops_are_not_available()
    {
        await using TestNode node = await StartAsync();

        Assert.Equal(
            RefusalReason.UnknownNetwork,
            (await Assert.ThrowsAsync<RefusedException>(() => node.Service.RequireAvailableAsync(new StatusRequest { WeftNetwork = "absent" }))).Reason);
        node.Service.Ready = false;
        Assert.Equal(
            RefusalReason.NotReady, (await Assert.ThrowsAsync<RefusedException>(() => node.Service.RequireAvailableAsync(Ask()))).Reason);
    }

    private static StatusRequest Ask() => new() { Network = TestNode.CniNetwork };

    // Without ownership of the tables, so that others may damage them.
    private static async Task<TestNode> StartAsync()
    {
        TestNode node = await TestNode.StartAsync(NftablesOwner.Off, new FakeTimeProvider());
        node.GiveUplink();
        return node;
    }
}
