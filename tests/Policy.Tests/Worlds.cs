using Weft.Policy.Analysis;
using Weft.Policy.Evaluation;
using Weft.Policy.Model;
using Weft.Policy.Objects;

namespace Weft.Policy.Tests;

/// <summary>Worlds from manifests, and questions about them.</summary>
internal static class Worlds
{
    /// <summary>Two namespaces, x (team=red) and y (team=blue), with pods a, b and c each (pod=a ...), on nodes n1 and n2. Port "serve" is 80, on c 8080.</summary>
    public static readonly string Base = string.Concat(
        """
        apiVersion: v1
        kind: Namespace
        metadata: {name: x, labels: {team: red}}
        ---
        apiVersion: v1
        kind: Namespace
        metadata: {name: y, labels: {team: blue, empty: ""}}
        ---
        apiVersion: v1
        kind: Node
        metadata: {name: n1, labels: {zone: one}}
        status: {addresses: [{type: InternalIP, address: 192.168.0.1}, {type: InternalIP, address: "fd01::1"}, {type: Hostname, address: n1}]}
        ---
        apiVersion: v1
        kind: Node
        metadata: {name: n2, labels: {zone: two}}
        status: {addresses: [{type: InternalIP, address: 192.168.0.2}]}
        """,
        "\n---\n",
        string.Join("\n---\n", from ns in "xy" from pod in "abc" select Pod($"{ns}", $"{pod}", $"10.0.{ns - 'x'}.{pod - 'a' + 1}", pod == 'c' ? "n2" : "n1", pod == 'c' ? 8080 : 80)),
        "\n---\n",
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: host, namespace: x, labels: {pod: host}}
        spec: {hostNetwork: true, nodeName: n2, containers: [{name: c, ports: [{name: serve, containerPort: 80}]}]}
        status: {podIP: 192.168.0.2, podIPs: [{ip: 192.168.0.2}]}
        """);

    public static string Pod(string ns, string name, string address, string node, int port) =>
        $$$"""
        apiVersion: v1
        kind: Pod
        metadata: {name: {{{name}}}, namespace: {{{ns}}}, labels: {pod: {{{name}}}, void: ""}}
        spec:
          nodeName: {{{node}}}
          containers:
          - name: c
            image: web
            ports: [{name: serve, containerPort: {{{port}}}}, {name: serve-udp, containerPort: {{{port}}}, protocol: UDP}, {name: serve-sctp, containerPort: {{{port}}}, protocol: SCTP}]
        status: {podIP: {{{address}}}, podIPs: [{ip: {{{address}}}}, {ip: "fd00::{{{address.Replace('.', ':')}}}"}]}
        """;

    public static PolicyManifests Read(string yaml) => PolicyManifestReader.Read([("f", yaml)], out _);

    public static PolicyWorld With(params string[] policies) => Read(string.Join("\n---\n", policies.Prepend(Base))).ToWorld();

    /// <summary>A NetworkPolicy of namespace x.</summary>
    public static string NetworkPolicy(string name, string spec) => $"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: x}}\nspec: {spec}";

    /// <summary>A ClusterNetworkPolicy about the pods of x.</summary>
    public static string ClusterPolicy(string name, string tier, int priority, string rules, string subject = "{namespaces: {matchLabels: {team: red}}}") =>
        $"apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {{name: {name}}}\nspec: {{tier: {tier}, priority: {priority}, subject: {subject}, {rules}}}";

    /// <summary>The verdict of a question's first flow (IPv4 where both ends have it).</summary>
    public static Verdict Judge(this PolicyWorld world, string from, string to, string port = "tcp/80") =>
        new PolicyEvaluator(world).Evaluate(FlowQuestions.Flows(world, from, to, port)[0]);

    /// <summary>Whether a question's flows are allowed; fails where families differ.</summary>
    public static bool Allows(this PolicyWorld world, string from, string to, string port = "tcp/80")
    {
        var evaluator = new PolicyEvaluator(world);
        return Assert.Single(FlowQuestions.Flows(world, from, to, port).Select(flow => evaluator.Evaluate(flow).Allowed).Distinct());
    }
}
