namespace Weft.Cli.Tests;

/// <summary>`weft policy`, from files alone.</summary>
public sealed class PolicyTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("weft-");

    private readonly string _pods;

    public PolicyTests() => _pods = Write("pods.yaml", """
        apiVersion: v1
        kind: Pod
        metadata: {name: web, namespace: shop, labels: {app: web}}
        spec: {nodeName: n1, containers: [{name: c, ports: [{name: http, containerPort: 8080}]}]}
        status: {podIP: 10.0.0.1}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: db, namespace: shop, labels: {app: db}}
        spec: {nodeName: n2, containers: []}
        status: {podIP: 10.0.0.2}
        """);

    public void Dispose() => _directory.Delete(recursive: true);

    private string Policy => Write("policy.yaml", """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: web, namespace: shop}
        spec:
          podSelector: {matchLabels: {app: web}}
          ingress: [{from: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: http}]}]
        """);

    [Fact]
    public async Task Explain_says_the_verdict_and_why() => Assert.Equal(
        """
        shop/db (10.0.0.2) -> shop/web (10.0.0.1) tcp/81: denied
          egress: allowed: no policy decides
          ingress: denied: no rule allows it; isolated by NetworkPolicy shop/web
            nearest: NetworkPolicy shop/web, ingress rule 0: it allows tcp/http, not tcp/81

        """, (await Outcome.OfAsync(null, "", "policy", "explain", "db", "web", "tcp/81", "-f", _pods, "-f", Policy)).Succeeded());

    [Fact]
    public async Task Explain_without_a_port_says_all_that_is_allowed() =>
        Assert.Contains("tcp/8080", (await Outcome.OfAsync(null, "", "policy", "explain", "db", "web", "-f", _pods, "-f", Policy)).Succeeded(), StringComparison.Ordinal);

    [Fact]
    public async Task Who_can_reach_lists_them() => Assert.Equal(
        """
        SOURCE    DESTINATION   ALLOWED
        shop/db   10.0.0.1      tcp/8080

        """, (await Outcome.OfAsync(null, "", "policy", "who-can-reach", "shop/web", "-f", _pods, "-f", Policy)).Succeeded());

    [Fact]
    public async Task What_if_lists_the_pairs_that_change() => Assert.Matches(
        @"\nshop/db +shop/web +everything +tcp/8080 *\n",
        (await Outcome.OfAsync(null, "", "policy", "what-if", "--base", _pods, "-f", Policy)).Succeeded());

    [Fact]
    public async Task Test_ends_with_code_1_when_something_is_not_so()
    {
        _ = Policy;
        string tests = Write("tests.yaml", """
            apiVersion: weft.dev/v1
            kind: PolicyTest
            spec:
              manifests: [pods.yaml, policy.yaml]
              tests:
              - {from: db, to: web, port: tcp/http, expect: Allow}
              - {name: no other port, from: db, to: web, port: tcp/81, expect: Allow}
            """);
        Outcome outcome = await Outcome.OfAsync(null, "", "policy", "test", tests);
        Assert.Equal(1, outcome.ExitCode);
        Assert.StartsWith($"ok   db -> web tcp/http\nFAIL no other port ({tests}:7)\n", outcome.Output, StringComparison.Ordinal);
        Assert.EndsWith("1 passed, 1 failed\n", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lint_ends_with_code_1_when_it_finds_something()
    {
        (await Outcome.OfAsync(null, "", "policy", "lint", "-f", _pods, "-f", Policy)).Succeeded();
        Outcome outcome = await Outcome.OfAsync(null, "", "policy", "lint", "-f", Policy);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("selects-nothing", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_with_a_manifest_is_told_with_its_line() =>
        (await Outcome.OfAsync(null, "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\nspec: {podselector: {}}\n", "policy", "lint", "-f", "-")).Failed(
            2, "-:4: spec: unknown field \"podselector\"; write podSelector\n");

    private string Write(string name, string text)
    {
        string path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
