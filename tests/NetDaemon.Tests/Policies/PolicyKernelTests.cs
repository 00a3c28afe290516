using System.Net;
using Weft.Contracts.V1;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Policies;
using Weft.NetDaemon.Tests.Kernel;
using Weft.TestSupport;
using static Weft.NetDaemon.Tests.Kernel.PublishingNode;

namespace Weft.NetDaemon.Tests.Policies;

/// <summary>Policies in a real kernel, with real packets.</summary>
public sealed class PolicyKernelTests
{
    private const string DenyAll = """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: closed, namespace: shop}
        spec:
          podSelector: {matchLabels: {app: web}}
          policyTypes: [Ingress]
        """;

    private const string FromClients = """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: clients, namespace: shop}
        spec:
          podSelector: {matchLabels: {app: web}}
          ingress:
          - from: [{podSelector: {matchLabels: {role: client}}}]
            ports: [{port: 80}, {protocol: UDP, port: 50, endPort: 60}]
        """;

    [KernelTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ingress_is_isolated_and_opened_by_selector_and_port_for_both_families(bool bridgeNetfilter)
    {
        await using PolicyLab lab = await PolicyLab.StartAsync(bridgeNetfilter);
        PublishedContainer web = await lab.AddAsync("web", "app=web");
        PublishedContainer client = await lab.AddAsync("client", "role=client");
        PublishedContainer stranger = await lab.AddAsync("stranger");
        foreach ((byte protocol, int port) in ((byte, int)[])[(Tcp, 80), (Tcp, 81), (Udp, 55), (Udp, 61)])
        {
            lab.Lab.Serve(web, protocol, port);
        }
        lab.Lab.Serve(client, Tcp, 80);
        Assert.True(await lab.ReachesAsync(stranger, web, Tcp, 80));

        lab.Apply(DenyAll);

        foreach (int family in (int[])[0, 1])
        {
            Assert.False(await lab.ReachesAsync(stranger, web, Tcp, 80, family));
            Assert.False(await lab.ReachesAsync(client, web, Udp, 55, family));
            Assert.False(await lab.ReachesAsync(lab.Lab.World, web.Record.Addresses[family].Address, Tcp, 80));
            Assert.True(await lab.ReachesAsync(web, client, Tcp, 80, family));      // egress is not isolated
            Assert.True(await lab.ReachesAsync(lab.Node.Namespace, web.Record.Addresses[family].Address, Tcp, 80));     // its own node
        }
        lab.AssertNothingToRepair();

        lab.Apply(FromClients);

        foreach (int family in (int[])[0, 1])
        {
            Assert.True(await lab.ReachesAsync(client, web, Tcp, 80, family));
            Assert.True(await lab.ReachesAsync(client, web, Udp, 55, family));
            Assert.False(await lab.ReachesAsync(client, web, Tcp, 81, family));
            Assert.False(await lab.ReachesAsync(client, web, Udp, 61, family));
            Assert.False(await lab.ReachesAsync(stranger, web, Tcp, 80, family));
        }
        lab.AssertNothingToRepair();

        lab.Delete("closed");
        lab.Delete("clients");

        Assert.True(await lab.ReachesAsync(stranger, web, Tcp, 81));
        lab.AssertNothingToRepair();
    }

    [KernelFact]
    public async Task Egress_is_judged_towards_containers_the_world_and_the_own_node()
    {
        await using PolicyLab lab = await PolicyLab.StartAsync();
        PublishedContainer app = await lab.AddAsync("app", "app=app");
        PublishedContainer web = await lab.AddAsync("web");
        lab.Lab.Serve(web, Tcp, 80);
        lab.Lab.Serve(lab.Lab.World, "world", Tcp, IPAddress.IPv6Any, 80);
        lab.Lab.Serve(lab.Node.Namespace, "node", Tcp, IPAddress.IPv6Any, 80);

        lab.Apply("""
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: out, namespace: shop}
            spec:
              podSelector: {matchLabels: {app: app}}
              policyTypes: [Egress]
              egress:
              - to: [{ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.1/32]}}]
            """);

        Assert.False(await lab.ReachesAsync(app, web, Tcp, 80));
        Assert.False(await lab.ReachesAsync(app, web, Tcp, 80, family: 1));
        Assert.True(await lab.ReachesAsync(app.Space, World4, Tcp, 80));
        Assert.False(await lab.ReachesAsync(app.Space, World6, Tcp, 80));
        Assert.False(await lab.ReachesAsync(app.Space, Node4, Tcp, 80));
        Assert.False(await lab.ReachesAsync(app.Space, Node6, Tcp, 80));
        Assert.True(await lab.ReachesAsync(web.Space, Node4, Tcp, 80));
        lab.AssertNothingToRepair();
    }

    [KernelFact]
    public async Task Cluster_policies_come_in_order_pass_and_fall_back_to_the_baseline()
    {
        await using PolicyLab lab = await PolicyLab.StartAsync();
        PublishedContainer web = await lab.AddAsync("web", "app=web");
        PublishedContainer a = await lab.AddAsync("a", "role=a");
        PublishedContainer b = await lab.AddAsync("b", "role=b");
        PublishedContainer c = await lab.AddAsync("c", "role=c");
        lab.Lab.Serve(web, Tcp, 80);
        string Cluster(string name, string tier, int priority, string rules) => $$$"""
            apiVersion: policy.networking.k8s.io/v1alpha2
            kind: ClusterNetworkPolicy
            metadata: {name: {{{name}}}}
            spec: {tier: {{{tier}}}, priority: {{{priority}}}, subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: web} } } }, ingress: [{{{rules}}}]}
            ---

            """;
        string Rule(string action, string role) => $"{{action: {action}, from: [{{pods: {{namespaceSelector: {{}}, podSelector: {{matchLabels: {{role: {role}}}}}}}}}]}}";

        lab.Apply(Cluster("first", "Admin", 1, $"{Rule("Pass", "a")}, {Rule("Deny", "b")}") + Cluster("second", "Admin", 2, Rule("Deny", "a")) + Cluster("last", "Baseline", 1, Rule("Deny", "c")));

        Assert.True(await lab.ReachesAsync(a, web, Tcp, 80));       // passed on before the second policy could deny
        Assert.False(await lab.ReachesAsync(b, web, Tcp, 80));
        Assert.False(await lab.ReachesAsync(c, web, Tcp, 80));
        lab.AssertNothingToRepair();

        lab.Apply(DenyAll);
        Assert.False(await lab.ReachesAsync(a, web, Tcp, 80));
        lab.Apply(FromClients.Replace("role: client", "role: c", StringComparison.Ordinal));
        Assert.True(await lab.ReachesAsync(c, web, Tcp, 80));       // isolated: the baseline is never asked
        lab.AssertNothingToRepair();
    }

    [KernelFact]
    public async Task Named_ports_are_those_of_each_destination()
    {
        await using PolicyLab lab = await PolicyLab.StartAsync();
        PublishedContainer one = await lab.AddAsync("one", "app=web port.weft.dev/http=80");
        PublishedContainer two = await lab.AddAsync("two", "app=web port.weft.dev/http=8080 port.weft.dev/dns=53-udp");
        PublishedContainer client = await lab.AddAsync("client");
        lab.Lab.Serve(one, Tcp, 80);
        lab.Lab.Serve(two, Tcp, 80);
        lab.Lab.Serve(two, Tcp, 8080);
        lab.Apply("""
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: named, namespace: shop}
            spec:
              podSelector: {matchLabels: {app: web}}
              ingress: [{ports: [{port: http}]}]
            """);

        Assert.True(await lab.ReachesAsync(client, one, Tcp, 80));
        Assert.False(await lab.ReachesAsync(client, two, Tcp, 80));
        Assert.True(await lab.ReachesAsync(client, two, Tcp, 8080));
        lab.AssertNothingToRepair();
    }

    [KernelFact]
    public async Task A_new_container_is_isolated_before_its_link_is_up_and_others_see_it_at_once()
    {
        await using PolicyLab lab = await PolicyLab.StartAsync();
        lab.Apply(FromClients);
        PublishedContainer web = await lab.AddAsync("web", "app=web");
        lab.Lab.Serve(web, Tcp, 80);
        PublishedContainer stranger = await lab.AddAsync("stranger");
        Assert.False(await lab.ReachesAsync(stranger, web, Tcp, 80));
        PublishedContainer client = await lab.AddAsync("client", "role=client");

        Assert.True(await lab.ReachesAsync(client, web, Tcp, 80));
        lab.AssertNothingToRepair();

        await lab.Lab.RemoveAsync(client);
        await lab.Lab.RemoveAsync(web);
        lab.AssertNothingToRepair();
        string rules = lab.Node.Namespace.Sh("nft list table inet weft");
        Assert.DoesNotContain(web.Record.Addresses[0].Address.ToString(), rules, StringComparison.Ordinal);
        Assert.DoesNotContain(client.Record.Addresses[0].Address.ToString(), rules, StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task A_running_connection_ends_with_the_policy_that_forbids_it_and_others_go_on()
    {
        await using PolicyLab lab = await PolicyLab.StartAsync();
        PublishedContainer web = await lab.AddAsync("web", "app=web");
        PublishedContainer client = await lab.AddAsync("client", "role=client");
        PublishedContainer stranger = await lab.AddAsync("stranger");
        using var sender = new SendingServer(web.Space, 80);
        using SendingServer.Reader kept = await sender.ConnectAsync(client.Space, web.Record.Addresses[0].Address);
        using SendingServer.Reader cut = await sender.ConnectAsync(stranger.Space, web.Record.Addresses[0].Address);
        await kept.MoreAsync();
        await cut.MoreAsync();

        lab.Apply(FromClients);

        await cut.EndsAsync();
        await kept.MoreAsync();
    }

    [KernelFact]
    public async Task A_staged_policy_counts_and_drops_nothing()
    {
        await using PolicyLab lab = await PolicyLab.StartAsync();
        PublishedContainer web = await lab.AddAsync("web", "app=web");
        PublishedContainer client = await lab.AddAsync("client");
        lab.Lab.Serve(web, Tcp, 80);

        lab.Apply(DenyAll.Replace("namespace: shop", "namespace: shop, annotations: {weft.dev/staged: 'true'}", StringComparison.Ordinal));

        Assert.True(await lab.ReachesAsync(client, web, Tcp, 80));
        Assert.Equal(0UL, lab.Dropped());
        Assert.Equal(1UL, lab.Counted("staged_in"));
        lab.AssertNothingToRepair();
    }

    [KernelFact]
    public async Task A_host_policy_closes_the_node_but_for_its_fail_safe_ports_and_its_own_containers()
    {
        await using PolicyLab lab = await PolicyLab.StartAsync();
        PublishedContainer web = await lab.AddAsync("web");
        lab.Lab.Serve(web, Tcp, 80);
        lab.Lab.Serve(lab.Node.Namespace, "node", Tcp, IPAddress.IPv6Any, 80);
        lab.Lab.Serve(lab.Node.Namespace, "ssh", Tcp, IPAddress.IPv6Any, 22);
        lab.Change(engine => engine.Set(new Weft.Policy.Model.PolicyNode("node-a", Weft.Policy.Labels.LabelSet.Empty, [Node4, Node6])));
        Assert.True(await lab.ReachesAsync(lab.Lab.World, Node4, Tcp, 80));

        lab.Apply("""
            apiVersion: weft.dev/v1
            kind: HostPolicy
            metadata: {name: closed}
            spec: {nodeSelector: {}, policyTypes: [Ingress, Egress]}
            """);

        Assert.False(await lab.ReachesAsync(lab.Lab.World, Node4, Tcp, 80));
        Assert.False(await lab.ReachesAsync(lab.Lab.World, Node6, Tcp, 80));
        Assert.False(await lab.ReachesAsync(web.Space, Node4, Tcp, 80));
        Assert.True(await lab.ReachesAsync(lab.Lab.World, Node4, Tcp, 22));
        Assert.True(await lab.ReachesAsync(lab.Node.Namespace, Node4, Tcp, 80));
        Assert.True(await lab.ReachesAsync(lab.Node.Namespace, web.Record.Addresses[0].Address, Tcp, 80));
        Assert.False(await lab.ReachesAsync(lab.Node.Namespace, World4, Tcp, 80));
        lab.AssertNothingToRepair();
    }

    [KernelFact]
    public async Task Nothing_passes_for_a_container_of_unknown_labels_while_there_are_policies()
    {
        await using PolicyLab lab = await PolicyLab.StartAsync();
        PublishedContainer web = await lab.AddAsync("web");
        lab.Lab.Serve(web, Tcp, 80);
        PublishedContainer unknown = await lab.Lab.AddAsync("unknown", "", [], request => request.ContainerdAddress = "/nonexistent.sock");
        lab.Lab.Serve(unknown, Tcp, 80);
        Assert.True(await lab.ReachesAsync(unknown, web, Tcp, 80));

        lab.Apply(DenyAll);

        Assert.False(await lab.ReachesAsync(unknown, web, Tcp, 80));
        Assert.False(await lab.ReachesAsync(web, unknown, Tcp, 80));
        lab.AssertNothingToRepair();

        lab.Kernel.Describe(unknown.Record.DescribedAs(new EndpointDescription("shop", "unknown", "", new Dictionary<string, string>())));

        Assert.True(await lab.ReachesAsync(unknown, web, Tcp, 80));
        Assert.True(await lab.ReachesAsync(web, unknown, Tcp, 80));
    }

    [KernelFact]
    public async Task What_is_dropped_is_counted_and_shown_by_policy_and_direction()
    {
        await using PolicyLab lab = await PolicyLab.StartAsync();
        PolicyEngine engine = null!;
        lab.Change(known => engine = known);
        using var drops = new PolicyDrops(engine, TimeProvider.System, new RecordingLogger<PolicyDrops>(), lab.Node.Namespace.Namespace);
        PublishedContainer web = await lab.AddAsync("web", "app=web");
        PublishedContainer stranger = await lab.AddAsync("stranger");
        lab.Apply(DenyAll);

        Assert.False(await lab.ReachesAsync(stranger, web, Tcp, 80));

        ListDropsReply reply = drops.Snapshot();
        using var limit = new CancellationTokenSource(Programs.DefaultLimit);
        while (reply.Latest.Count == 0)
        {
            await Task.Delay(5, limit.Token);       // counted at once, logged a moment later
            reply = drops.Snapshot();
        }
        DropCount count = Assert.Single(reply.Counters);
        Assert.Equal(("NetworkPolicy", "shop", "closed", "Ingress", false), (count.By.Kind, count.By.Namespace, count.By.Name, count.By.Direction, count.By.Staged));
        Assert.True(count.Packets > 0);
        DroppedPacket packet = reply.Latest[0];
        Assert.Equal(count.By, packet.By);
        Assert.Equal((stranger.Record.Addresses[0].Address.ToString(), web.Record.Addresses[0].Address.ToString(), 6U, 80U), (packet.Source, packet.Destination, packet.Protocol, packet.DestinationPort));
        Assert.Equal(("shop/stranger", "shop/web"), (packet.SourceEndpoint, packet.DestinationEndpoint));
    }
}
