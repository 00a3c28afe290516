using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Store;
using Endpoint = Weft.Contracts.V1.Endpoint;

namespace Weft.Cli.Tests;

/// <summary>`weft policy` about what weftd has.</summary>
public sealed class RunningPolicyTests : IAsyncLifetime
{
    private const string Policy = """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: web, namespace: shop}
        spec:
          podSelector: {matchLabels: {app: web}}
          ingress: [{from: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: http}]}]
        """;

    private TestDaemon _daemon = null!;

    public async Task InitializeAsync()
    {
        _daemon = await TestDaemon.StartAsync();
        await _daemon.Store.TxnAsync(
            new StoreTxn()
                .Put(StoreKeys.Node("n1"), new Node { Name = "n1", Number = 1, UnderlayAddresses = { "192.0.2.1" } }.ToByteArray())
                .Put(StoreKeys.Endpoint("shop", "web", "wft1"), EndpointOf("web", "10.0.0.1", "wft1", ("port.weft.dev/http", "8080")).ToByteArray())
                .Put(StoreKeys.Endpoint("shop", "db", "wft2"), EndpointOf("db", "10.0.0.2", "wft2").ToByteArray())
                .Put(StoreKeys.Endpoint("shop", "db", "wft3"), EndpointOf("db", "10.1.0.2", "wft3").ToByteArray()),
            CancellationToken.None);
    }

    public async Task DisposeAsync() => await _daemon.DisposeAsync();

    [Fact]
    public async Task Explain_asks_for_what_runs_and_names_interfaces_only_where_needed()
    {
        await ApplyAsync();
        Assert.Equal("""
            shop/db%wft2 (10.0.0.2) -> shop/web (10.0.0.1) tcp/81: denied
              egress: allowed: no policy decides
              ingress: denied: no rule allows it; isolated by NetworkPolicy shop/web
                nearest: NetworkPolicy shop/web, ingress rule 0: it allows tcp/http, not tcp/81

            """, (await _daemon.RunAsync("policy", "explain", "db%wft2", "web", "tcp/81")).Succeeded());
        Assert.Contains("allowed: a pod's own node is exempt", (await _daemon.RunAsync("policy", "explain", "node:n1", "web", "tcp/81")).Succeeded(), StringComparison.Ordinal);
        (await _daemon.RunAsync("policy", "explain", "db", "web")).Failed(2, "weft: \"db\" is the name of 2 endpoints; write one of shop/db%wft2, shop/db%wft3\n");
    }

    [Fact]
    public async Task Who_can_reach_and_lint_ask_for_what_runs()
    {
        await ApplyAsync();
        Assert.Equal("""
            SOURCE         DESTINATION   ALLOWED
            shop/db%wft2   10.0.0.1      tcp/8080
            shop/db%wft3   10.0.0.1      tcp/8080
            node:n1        10.0.0.1      everything

            """, (await _daemon.RunAsync("policy", "who-can-reach", "web")).Succeeded());
        (await _daemon.RunAsync("policy", "lint")).Succeeded();
    }

    [Fact]
    public async Task What_if_compares_what_runs_with_what_files_would_make_of_it()
    {
        string changed = (await _daemon.RunWithInputAsync(Policy, "policy", "what-if", "-f", "-")).Succeeded();
        Assert.Matches(@"\nshop/db%wft2 +shop/web +everything +tcp/8080\n", changed);
        await ApplyAsync();
        Assert.Equal("no pair changes\n", (await _daemon.RunWithInputAsync(Policy, "policy", "what-if", "-f", "-")).Succeeded());
    }

    [Fact]
    public async Task Endpoints_are_completed() =>
        Assert.Contains("shop/web\n", (await _daemon.RunAsync("[suggest:22]", "weft policy explain we")).Succeeded(), StringComparison.Ordinal);

    [Fact]
    public async Task With_files_nothing_is_asked_of_the_daemon() =>
        (await Outcome.OfAsync("/nonexistent/weftd.sock", Policy, "policy", "explain", "10.0.0.1", "10.0.0.2", "tcp/1", "-f", "-")).Succeeded();

    [Fact]
    public async Task Without_a_daemon_that_is_said()
    {
        Outcome outcome = await Outcome.OfAsync("/nonexistent/weftd.sock", "", "policy", "lint");
        Assert.Equal(3, outcome.ExitCode);
        Assert.StartsWith("weft: weftd is not answering at /nonexistent/weftd.sock", outcome.Error, StringComparison.Ordinal);
    }

    private static Endpoint EndpointOf(string name, string address, string hostInterface, (string Key, string Value)? label = null)
    {
        var endpoint = new Endpoint { Namespace = "shop", Name = name, Network = "default", Addresses = { address }, Node = "n1", HostInterface = hostInterface, Labels = { ["app"] = name } };
        if (label is var (key, value))
        {
            endpoint.Labels[key] = value;
        }
        return endpoint;
    }

    private async Task ApplyAsync() => (await _daemon.RunWithInputAsync(Policy, "apply", "-f", "-")).Succeeded();
}
