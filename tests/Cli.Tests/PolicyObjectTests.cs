namespace Weft.Cli.Tests;

/// <summary>Policies, and what they select by, as objects that weftd keeps.</summary>
public sealed class PolicyObjectTests : IAsyncLifetime
{
    private const string Shop = """
        apiVersion: v1
        kind: Namespace
        metadata: {name: shop, labels: {team: a, tier: gold}}
        ---
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: web, namespace: shop, annotations: {ingress.weft.dev/rule-0-network-sets: place=office}}
        spec:
          podSelector: {matchLabels: {app: web}, matchExpressions: [{key: env, operator: NotIn, values: [dev, test]}]}
          policyTypes: [Ingress, Egress]
          ingress:
          - from:
            - podSelector: {}
              namespaceSelector: {matchLabels: {team: a}}
            - ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}
            ports: [{port: http}, {protocol: UDP, port: 5000, endPort: 5010}]
          egress: [{}]
        ---
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: closed}
        spec: {podSelector: {}}
        ---
        apiVersion: policy.networking.k8s.io/v1alpha2
        kind: ClusterNetworkPolicy
        metadata: {name: no-metadata, annotations: {weft.dev/staged: "true"}}
        spec:
          tier: Admin
          priority: 10
          subject: {namespaces: {}}
          egress: [{name: imds, action: Deny, to: [{networks: [169.254.169.254/32]}]}]
        ---
        apiVersion: policy.networking.k8s.io/v1alpha2
        kind: ClusterNetworkPolicy
        metadata: {name: gold}
        spec:
          tier: Baseline
          priority: 20
          subject: {pods: {namespaceSelector: {matchLabels: {tier: gold}}, podSelector: {matchLabels: {app: web}}}}
          ingress: [{action: Accept, from: [{namespaces: {}}], protocols: [{tcp: {destinationPort: {range: {start: 80, end: 90}}}}, {destinationNamedPort: http}]}]
        ---
        apiVersion: weft.dev/v1
        kind: NetworkSet
        metadata: {name: office, labels: {place: office}}
        spec: {cidrs: [203.0.113.0/24, "2001:db8::/32"]}
        ---
        apiVersion: weft.dev/v1
        kind: HostPolicy
        metadata: {name: monitoring}
        spec:
          nodeSelector: {matchLabels: {zone: a}}
          ingress: [{from: [{networkSetSelector: {matchLabels: {place: office}}}], ports: [{port: 9100}]}]
        """;

    private static readonly string[] Kinds = ["networkpolicies", "clusternetworkpolicies", "hostpolicies", "networksets", "namespaces"];

    private TestDaemon _daemon = null!;

    public async Task InitializeAsync() => _daemon = await TestDaemon.StartAsync();

    public async Task DisposeAsync() => await _daemon.DisposeAsync();

    [Fact]
    public async Task Apply_says_what_it_did_and_a_second_time_that_nothing_was_to_do()
    {
        Assert.Equal("""
            namespace/shop created
            networkpolicy/shop/web created
            networkpolicy/default/closed created
            clusternetworkpolicy/no-metadata created
            clusternetworkpolicy/gold created
            networkset/office created
            hostpolicy/monitoring created

            """, await ApplyAsync(Shop));
        Assert.All((await ApplyAsync(Shop)).TrimEnd().Split('\n'), line => Assert.EndsWith(" unchanged", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("yaml")]
    [InlineData("json")]
    public async Task What_get_prints_apply_takes_as_unchanged(string format)
    {
        await ApplyAsync(Shop);
        foreach (string kind in Kinds)
        {
            string printed = (await _daemon.RunAsync("get", kind, "-o", format)).Succeeded();
            Assert.All((await ApplyAsync(printed)).TrimEnd().Split('\n'), line => Assert.EndsWith(" unchanged", line, StringComparison.Ordinal));
        }
        Assert.Equal("networkpolicy/shop/web unchanged\n", await ApplyAsync((await _daemon.RunAsync("get", "netpol", "web", "-n", "shop", "-o", format)).Succeeded()));
    }

    [Fact]
    public async Task Tables_show_whom_they_select()
    {
        await ApplyAsync(Shop);
        Golden.Equal("networkpolicies.txt", (await _daemon.RunAsync("get", "netpol", "-A")).Succeeded());
        Golden.Equal("networkpolicies-wide.txt", (await _daemon.RunAsync("get", "networkpolicy", "-n", "shop", "-o", "wide")).Succeeded());
        Golden.Equal("clusternetworkpolicies.txt", (await _daemon.RunAsync("get", "cnp")).Succeeded());
        Golden.Equal("hostpolicies.txt", (await _daemon.RunAsync("get", "hostpolicies")).Succeeded());
        Golden.Equal("networksets-wide.txt", (await _daemon.RunAsync("get", "networksets", "-o", "wide")).Succeeded());
        Golden.Equal("namespaces.txt", (await _daemon.RunAsync("get", "ns")).Succeeded());
    }

    [Fact]
    public async Task Documents_are_what_people_write()
    {
        await ApplyAsync(Shop);
        Golden.Equal("networkpolicy.yaml", (await _daemon.RunAsync("get", "netpol", "shop/web", "-o", "yaml")).Succeeded());
        Golden.Equal("clusternetworkpolicy.json", (await _daemon.RunAsync("get", "cnp", "gold", "-o", "json")).Succeeded());
    }

    [Fact]
    public async Task A_namespace_narrows_the_list_and_an_empty_one_is_said()
    {
        await ApplyAsync(Shop);
        Assert.Equal(new Outcome(0, "", "no networkpolicies in namespace none\n"), await _daemon.RunAsync("get", "netpol", "-n", "none"));
        (await _daemon.RunAsync("get", "netpol", "closed", "-n", "shop")).Failed(1, "weft: NetworkPolicy \"shop/closed\" does not exist; `weft get networkpolicies` lists what does\n");
        (await _daemon.RunAsync("get", "cnp", "-n", "shop")).Failed(1, "a ClusterNetworkPolicy lives in no namespace; leave out the namespace \"shop\"\n");
    }

    [Fact]
    public async Task Objects_are_deleted_by_name_in_their_namespace()
    {
        await ApplyAsync(Shop);
        (await _daemon.RunAsync("delete", "netpol", "web")).Failed(1, "weft: NetworkPolicy \"default/web\" does not exist; `weft get networkpolicies` lists what does\n");
        Assert.Equal("networkpolicy/shop/web deleted\n", (await _daemon.RunAsync("delete", "netpol", "web", "-n", "shop")).Succeeded());
        Assert.Equal("networkpolicy/default/closed deleted\n", (await _daemon.RunAsync("delete", "networkpolicies", "closed")).Succeeded());
        await ApplyAsync(Shop);
        (await _daemon.RunAsync("delete", "netpol", "shop/web", "-n", "default")).Failed(1, "\"shop/web\" is of namespace \"shop\", not \"default\"; leave one of them out\n");
        Assert.Equal("networkpolicy/shop/web deleted\n", (await _daemon.RunAsync("delete", "netpol", "shop/web")).Succeeded());
        Assert.Equal("namespace/shop deleted\n", (await _daemon.RunAsync("delete", "ns", "shop")).Succeeded());
        (await _daemon.RunAsync("delete", "cnp", "gold", "-n", "shop")).Failed(1, "a ClusterNetworkPolicy lives in no namespace; leave out the namespace \"shop\"\n");
        (await _daemon.RunWithInputAsync(Shop, "delete", "-f", "-")).Failed(1, """
            weft: Namespace "shop" does not exist; `weft get namespaces` lists what does
            NetworkPolicy "shop/web" does not exist; `weft get networkpolicies` lists what does

            """);
        await ApplyAsync(Shop);
        (await _daemon.RunWithInputAsync(Shop, "delete", "-f", "-")).Succeeded();
        Assert.Empty((await _daemon.RunAsync("get", "cnp")).Output);
    }

    [Fact]
    public async Task Names_are_completed_with_or_in_their_namespace()
    {
        await ApplyAsync(Shop);
        Assert.Contains("shop/web", await SuggestAsync("weft get netpol s"));
        Assert.Equal(["web"], await SuggestAsync("weft get netpol -n shop we"));
        Assert.Equal(["shop"], await SuggestAsync("weft get netpol -n sho"));
    }

    [Fact]
    public async Task Diff_shows_what_apply_would_change_and_tells_by_its_exit_code()
    {
        Outcome all = await _daemon.RunWithInputAsync(Shop, "diff", "-f", "-");
        Assert.Equal((1, ""), (all.ExitCode, all.Error));
        Assert.StartsWith("--- /dev/null\n+++ namespace/shop (new)\n@@ -0,0 +1,7 @@\n+apiVersion: v1\n+kind: Namespace\n", all.Output, StringComparison.Ordinal);

        await ApplyAsync(Shop);
        Assert.Equal(new Outcome(0, "", ""), await _daemon.RunWithInputAsync(Shop, "diff", "-f", "-"));

        string changed = Shop.Replace("port: 5000, endPort: 5010", "port: 5000, endPort: 5020", StringComparison.Ordinal)
            .Replace("  priority: 20", "  priority: 30", StringComparison.Ordinal);
        Outcome some = await _daemon.RunWithInputAsync(changed, "diff", "-f", "-");
        Assert.Equal((1, ""), (some.ExitCode, some.Error));
        Golden.Equal("diff.txt", some.Output);
        Assert.Equal(new Outcome(0, "", ""), await _daemon.RunWithInputAsync(Shop, "diff", "-f", "-"));
    }

    [Fact]
    public async Task Diff_is_for_networks_too_and_shows_only_what_people_write()
    {
        const string network = "apiVersion: weft.dev/v1\nkind: Network\nmetadata: {name: blue}\nspec: {vni: 7000, mtu: MTU}\n";
        await ApplyAsync(network.Replace("MTU", "1400", StringComparison.Ordinal));
        Assert.Equal("""
            --- network/blue (stored)
            +++ network/blue (changed)
            @@ -4,5 +4,5 @@
               name: blue
             spec:
               vni: 7000
            -  mtu: 1400
            +  mtu: 1300
               masquerade: true

            """, (await _daemon.RunWithInputAsync(network.Replace("MTU", "1300", StringComparison.Ordinal), "diff", "-f", "-")).Output);
    }

    [Fact]
    public async Task Diff_of_what_would_be_refused_has_an_exit_code_of_its_own() =>
        (await _daemon.RunWithInputAsync("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n", "diff", "-f", "-")).Failed(2,
            "-:2: kind: a Pod cannot be applied: weftd knows its containers and nodes itself; leave it out (only `weft policy` reads Pods and Nodes, with -f)\n");

    private async Task<string[]> SuggestAsync(string line) => (await _daemon.RunAsync($"[suggest:{line.Length}]", line)).Succeeded().TrimEnd().Split('\n');

    private async Task<string> ApplyAsync(string text) => (await _daemon.RunWithInputAsync(text, "apply", "-f", "-")).Succeeded();
}
