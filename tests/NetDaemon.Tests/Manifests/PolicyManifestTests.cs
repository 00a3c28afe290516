using Weft.Contracts.V1;
using Weft.NetDaemon.Manifests;

namespace Weft.NetDaemon.Tests.Manifests;

public sealed class PolicyManifestTests
{
    [Fact]
    public void Policies_and_networks_are_read_from_one_file_in_their_order()
    {
        IReadOnlyList<DeclaredObject> objects = Parse("""
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: web}
            spec: {podSelector: {}}
            ---
            apiVersion: weft.dev/v1
            kind: Network
            metadata: {name: blue}
            ---
            apiVersion: v1
            kind: List
            items:
            - {apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {team: a}}}
            - {apiVersion: weft.dev/v1, kind: NetworkSet, metadata: {name: office}, spec: {cidrs: [10.0.0.0/8]}}
            ---
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicyList
            items:
            - {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: web, namespace: shop}, spec: {podSelector: {}}}
            ---
            apiVersion: policy.networking.k8s.io/v1alpha2
            kind: ClusterNetworkPolicy
            metadata: {name: all}
            spec: {tier: Admin, priority: 1, subject: {namespaces: {}}}
            ---
            apiVersion: weft.dev/v1
            kind: HostPolicy
            metadata: {name: ssh}
            spec: {nodeSelector: {}}
            """);

        Assert.Equal(
            [
                "NetworkPolicy default/web", "Network blue", "Namespace shop", "NetworkSet office", "NetworkPolicy shop/web", "ClusterNetworkPolicy all", "HostPolicy ssh",
            ],
            objects.Select(o => $"{o.Kind} {o.FullName}"));
        Assert.Equal("a", Assert.IsType<Namespace>(Assert.IsType<DeclaredPolicyObject>(objects[2]).Message).Metadata.Labels["team"]);
    }

    [Fact]
    public void All_that_is_wrong_in_all_files_is_told_at_once_with_its_lines()
    {
        var failure = Assert.Throws<ManifestException>(() => ManifestParser.Parse(
        [
            new Manifest
            {
                Source = "a.yaml",
                Text = """
                    apiVersion: networking.k8s.io/v1
                    kind: NetworkPolicy
                    metadata: {name: web}
                    spec:
                      podSelector: {matchLabel: {a: b}}
                      policyTypes: [ingress]
                    ---
                    apiVersion: weft.dev/v1
                    kind: Network
                    metadata: {name: blue}
                    spec: {vni: -1}
                    """,
            },
            new Manifest
            {
                Source = "b.yaml",
                Text = """
                    apiVersion: networking.k8s.io/v1beta1
                    kind: NetworkPolicy
                    ---
                    apiVersion: weft.dev/v1
                    kind: NetworkPolicy
                    ---
                    apiVersion: v1
                    kind: Pod
                    metadata: {name: p}
                    ---
                    apiVersion: v1
                    kind: Node
                    metadata: {name: n}
                    ---
                    apiVersion: policy.networking.k8s.io/v1alpha1
                    kind: AdminNetworkPolicy
                    ---
                    apiVersion: networking.k8s.io/v1
                    kind: Ingress
                    ---
                    apiVersion: v1
                    kind: Pool
                    ---
                    apiVersion: networking.k8s.io/v1
                    kind: NetworkPolicy
                    metadata: {name: web}
                    spec: {podSelector: {}}
                    """,
            },
        ]));

        Assert.Equal("""
            a.yaml:5: spec.podSelector: unknown field "matchLabel"; known are matchExpressions, matchLabels
            a.yaml:6: spec.policyTypes: "ingress" is not known; known are Ingress, Egress
            a.yaml:11: spec.vni: -1 is not a VNI of 1 to 16777215, or 0 for one that Weft chooses
            b.yaml:1: apiVersion: "networking.k8s.io/v1beta1" has no NetworkPolicy that Weft knows; write networking.k8s.io/v1
            b.yaml:4: apiVersion: "weft.dev/v1" has no NetworkPolicy that Weft knows; write networking.k8s.io/v1
            b.yaml:8: kind: a Pod cannot be applied: weftd knows its containers and nodes itself; leave it out (only `weft policy` reads Pods and Nodes, with -f)
            b.yaml:12: kind: a Node cannot be applied: weftd knows its containers and nodes itself; leave it out (only `weft policy` reads Pods and Nodes, with -f)
            b.yaml:15: apiVersion: "policy.networking.k8s.io/v1alpha1" has no AdminNetworkPolicy that Weft knows; write a ClusterNetworkPolicy of policy.networking.k8s.io/v1alpha2
            b.yaml:18: apiVersion: "networking.k8s.io/v1" is not known; write weft.dev/v1, or for policies what Kubernetes has: networking.k8s.io/v1, policy.networking.k8s.io/v1alpha2, v1
            b.yaml:21: apiVersion: "v1" is not known; write weft.dev/v1
            b.yaml:26: metadata: NetworkPolicy "default/web" is given twice, first at a.yaml:1
            """, failure.Message);
    }

    [Fact]
    public void For_deleting_only_kind_namespace_and_name_matter()
    {
        IReadOnlyList<DeclaredObject> objects = ManifestParser.ParseIdentities([new Manifest
        {
            Source = "f",
            Text = """
                {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a, labels: [nonsense]}, spec: nonsense}
                ---
                {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a, namespace: shop}, other: 1}
                ---
                {apiVersion: v1, kind: Namespace, metadata: {name: shop}}
                """,
        }]);
        Assert.Equal(["NetworkPolicy default/a", "NetworkPolicy shop/a", "Namespace shop"], objects.Select(o => $"{o.Kind} {o.FullName}"));
    }

    [Theory]
    [InlineData("{apiVersion: v1, kind: Namespace, metadata: {name: a, namespace: b}}", "f:1: metadata.namespace: \"b\": objects of this kind live in no namespace; remove it")]
    [InlineData("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: A}}", "f:1: metadata.name: \"A\" is not a name; use lower-case letters, digits, \"-\" and \".\"")]
    [InlineData("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy}", "f:1: metadata: is required")]
    public void What_names_no_object_is_not_deleted(string text, string problem)
    {
        var failure = Assert.Throws<ManifestException>(() => ManifestParser.ParseIdentities([new Manifest { Source = "f", Text = text }]));
        Assert.Equal(problem, failure.Message);
    }

    private static IReadOnlyList<DeclaredObject> Parse(string text) => ManifestParser.Parse([new Manifest { Source = "f", Text = text }]);
}
