using Weft.Policy.Objects;

namespace Weft.Policy.Tests.Objects;

/// <summary>What manifests are refused for, each as `file:line: field: problem`.</summary>
public sealed class ManifestTests
{
    private const string Np = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\n";
    private const string Cnp = "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: p}\n";

    [Theory]
    [InlineData("spec: {podSelector: {}, ingres: []}", "f:4: spec: unknown field \"ingres\"; known are egress, ingress, podSelector, policyTypes")]
    [InlineData("spec: {podSelector: {}, podSelector: {}}", "f:4: key \"podSelector\" is given twice, first in line 4")]
    [InlineData("spec: {podSelector: {matchLabels: {\"-a\": b}}}", "f:4: spec.podSelector.matchLabels: \"-a\" is not a label key: 1 to 63 letters, digits, \"-\", \"_\" and \".\", beginning and ending with a letter or digit")]
    [InlineData("spec: {podSelector: {matchLabels: {a: \"b!\"}}}", "f:4: spec.podSelector.matchLabels.a: \"b!\" is not a label value: 0 to 63 letters, digits, \"-\", \"_\" and \".\", beginning and ending with a letter or digit")]
    [InlineData("spec: {podSelector: {matchLabels: {a: true}}}", "f:4: spec.podSelector.matchLabels.a: true is a boolean, not a text; put it in quotes")]
    [InlineData("spec: {podSelector: {matchExpressions: [{key: a, operator: Like}]}}", "f:4: spec.podSelector.matchExpressions[0].operator: \"Like\" is not known; known are In, NotIn, Exists, DoesNotExist")]
    [InlineData("spec: {podSelector: {matchExpressions: [{key: a, operator: In}]}}", "f:4: spec.podSelector.matchExpressions[0].values: is required with operator In")]
    [InlineData("spec: {podSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}", "f:4: spec.podSelector.matchExpressions[0].values: may not be given with operator Exists")]
    [InlineData("spec: {podSelector: {}, policyTypes: [ingress]}", "f:4: spec.policyTypes: \"ingress\" is not known; known are Ingress, Egress")]
    [InlineData("spec: {podSelector: {}, ingress: [{from: [{}]}]}", "f:4: spec.ingress[0].from[0]: names nobody; give podSelector, namespaceSelector or ipBlock")]
    [InlineData("spec: {podSelector: {}, ingress: [null]}", "f:4: spec.ingress[0]: must be an object, not empty")]
    [InlineData("spec: {podSelector: {}, ingress: [{from: [{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}]}", "f:4: spec.ingress[0].from[0].ipBlock: may not stand beside podSelector or namespaceSelector; make it a peer of its own")]
    [InlineData("spec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/33}}]}]}", "f:4: spec.ingress[0].from[0].ipBlock.cidr: \"10.0.0.0/33\" is not a range such as 10.0.0.0/8 or fd00::/8")]
    [InlineData("spec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/9]}}]}]}", "f:4: spec.ingress[0].from[0].ipBlock.except: \"11.0.0.0/9\" is not inside 10.0.0.0/8 and smaller")]
    [InlineData("spec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}}]}]}", "f:4: spec.ingress[0].from[0].ipBlock.except: \"10.0.0.0/8\" is not inside 10.0.0.0/8 and smaller")]
    [InlineData("spec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [\"fd00::/8\"]}}]}]}", "f:4: spec.ingress[0].from[0].ipBlock.except: \"fd00::/8\" is not inside 10.0.0.0/8 and smaller")]
    [InlineData("spec: {podSelector: {}, ingress: [{ports: [{port: 0}]}]}", "f:4: spec.ingress[0].ports[0].port: 0 is not a port of 1 to 65535")]
    [InlineData("spec: {podSelector: {}, ingress: [{ports: [{port: 65536}]}]}", "f:4: spec.ingress[0].ports[0].port: 65536 is not a port of 1 to 65535")]
    [InlineData("spec: {podSelector: {}, ingress: [{ports: [{port: \"80\"}]}]}", "f:4: spec.ingress[0].ports[0].port: \"80\" is not the name of a port: 1 to 15 lower-case letters, digits and single \"-\" inside, with at least one letter; write the number without quotes")]
    [InlineData("spec: {podSelector: {}, ingress: [{ports: [{port: Http}]}]}", "f:4: spec.ingress[0].ports[0].port: \"Http\" is not the name of a port: 1 to 15 lower-case letters, digits and single \"-\" inside, with at least one letter")]
    [InlineData("spec: {podSelector: {}, ingress: [{ports: [{port: 80, endPort: 79}]}]}", "f:4: spec.ingress[0].ports[0].endPort: 79 is below port 80")]
    [InlineData("spec: {podSelector: {}, ingress: [{ports: [{port: http, endPort: 99}]}]}", "f:4: spec.ingress[0].ports[0].endPort: goes with a numeric port only")]
    [InlineData("spec: {podSelector: {}, ingress: [{ports: [{endPort: 99}]}]}", "f:4: spec.ingress[0].ports[0].endPort: needs port: where the range begins")]
    [InlineData("spec: {podSelector: {}, ingress: [{ports: [{protocol: tcp}]}]}", "f:4: spec.ingress[0].ports[0].protocol: \"tcp\" is not known; known are TCP, UDP, SCTP")]
    [InlineData("spec: {podSelector: {}, ingress: [{to: []}]}", "f:4: spec.ingress[0]: unknown field \"to\"; known are from, ports")]
    public void A_NetworkPolicy_is_refused(string spec, string problem) => Assert.Equal(problem, Refusal(Np + spec));

    [Theory]
    [InlineData("spec: {tier: admin, priority: 1, subject: {namespaces: {}}}", "f:4: spec.tier: \"admin\" is not known; known are Admin, Baseline")]
    [InlineData("spec: {tier: Admin, subject: {namespaces: {}}}", "f:4: spec.priority: is required: 0 to 1000, lower is asked first")]
    [InlineData("spec: {tier: Admin, priority: null, subject: {namespaces: {}}}", "f:4: spec.priority: is required: 0 to 1000, lower is asked first")]
    [InlineData("spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, egress: [{action: Pass, to: [{nodes: }]}]}", "f:4: spec.egress[0].to[0]: give one of namespaces, pods, nodes, networks")]
    [InlineData("spec: {tier: Admin, priority: 1001, subject: {namespaces: {}}}", "f:4: spec.priority: 1001 is not a priority of 0 to 1000")]
    [InlineData("spec: {tier: Admin, priority: 1, subject: {}}", "f:4: spec.subject: give either namespaces or pods")]
    [InlineData("spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, ingress: [{action: Allow, from: [{namespaces: {}}]}]}", "f:4: spec.ingress[0].action: \"Allow\" is not known; known are Accept, Deny, Pass")]
    [InlineData("spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: []}]}", "f:4: spec.ingress[0].from: is required: at least one peer")]
    [InlineData("spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{networks: [10.0.0.0/8]}]}]}", "f:4: spec.ingress[0].from[0]: give either namespaces or pods\nf:4: spec.ingress[0].from[0]: unknown field \"networks\"; known are namespaces, pods")]
    [InlineData("spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, egress: [{action: Deny, to: [{namespaces: {}, nodes: {}}]}]}", "f:4: spec.egress[0].to[0]: give one of namespaces, pods, nodes, networks")]
    [InlineData("spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, egress: [{action: Accept, to: [{domainNames: [example.org]}]}]}", "f:4: spec.egress[0].to[0].domainNames: is not supported: Weft has no DNS yet that could tell addresses of names; use networks")]
    [InlineData("spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, egress: [{action: Deny, to: [{networks: [10.0.0.0/8]}], protocols: [{destinationNamedPort: web}]}]}", "f:4: spec.egress[0].protocols: destinationNamedPort does not go with nodes or networks, which have no named ports")]
    [InlineData("spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, egress: [{action: Deny, to: [{networks: []}]}]}", "f:4: spec.egress[0].to[0].networks: is empty; give at least one range")]
    [InlineData("spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}], protocols: [{tcp: {destinationPort: {number: 1, range: {start: 1, end: 2}}}}]}]}", "f:4: spec.ingress[0].protocols[0].tcp.destinationPort: give either number or range")]
    [InlineData("spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}], protocols: [{tcp: {destinationPort: {range: {start: 2, end: 2}}}}]}]}", "f:4: spec.ingress[0].protocols[0].tcp.destinationPort.range: needs start and end, with start below end")]
    [InlineData("spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}], protocols: [{tcp: {}}]}]}", "f:4: spec.ingress[0].protocols[0].tcp.destinationPort: is required")]
    [InlineData("spec: {tier: Admin, priority: 1, subject: {pods: {namespaceSelector: {}}}}", "f:4: spec.subject.pods.podSelector: is required")]
    public void A_ClusterNetworkPolicy_is_refused(string spec, string problem) => Assert.Equal(problem, Refusal(Cnp + spec));

    [Fact]
    public void A_ClusterNetworkPolicy_has_25_rules_and_a_rule_25_peers_at_most()
    {
        string rule = "{action: Deny, from: [{namespaces: {}}]}";
        string head = Cnp + "spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, ingress: [";
        Assert.Equal("f:4: spec.ingress: has 26 items; 25 are the most", Refusal($"{head}{string.Join(", ", Enumerable.Repeat(rule, 26))}]}}"));
        Assert.Equal("f:4: spec.ingress[0].from: has 26 items; 25 are the most", Refusal($"{head}{{action: Deny, from: [{string.Join(", ", Enumerable.Repeat("{namespaces: {}}", 26))}]}}]}}"));
        Assert.Single(Worlds.Read($"{head}{string.Join(", ", Enumerable.Repeat(rule, 25))}]}}").ClusterNetworkPolicies);
    }

    [Theory]
    [InlineData("apiVersion: weft.dev/v1\nkind: HostPolicy\nmetadata: {name: h}\nspec: {ingress: []}", "f:4: spec.nodeSelector: is required")]
    [InlineData("apiVersion: weft.dev/v1\nkind: HostPolicy\nmetadata: {name: h}\nspec: {nodeSelector: {}, ingress: [{from: [{nodeSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}]}", "f:4: spec.ingress[0].from[0]: has ipBlock and nodeSelector; only podSelector and namespaceSelector may stand together")]
    [InlineData("apiVersion: weft.dev/v1\nkind: HostPolicy\nmetadata: {name: h}\nspec: {nodeSelector: {}, ingress: [{ports: [{port: ssh}]}]}", "f:4: spec.ingress[0].ports: a node has no named ports; write numbers")]
    [InlineData("apiVersion: weft.dev/v1\nkind: NetworkSet\nmetadata: {name: s}\nspec: {cidrs: [10.0.0.0]}", "f:4: spec.cidrs: \"10.0.0.0\" is not a range such as 10.0.0.0/8 or fd00::/8")]
    [InlineData("apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {kubernetes.io/metadata.name: b}}", "f:1: metadata: label kubernetes.io/metadata.name is \"b\"; it always has the name of the namespace, so leave it out", true)]
    [InlineData("apiVersion: v1\nkind: Namespace\nmetadata: {name: a.b}", "f:3: metadata.name: \"a.b\" is not a name; use lower-case letters, digits and \"-\", 63 at most")]
    [InlineData("apiVersion: networking.k8s.io/v1beta1\nkind: NetworkPolicy\nmetadata: {name: a}", "f:1: apiVersion: \"networking.k8s.io/v1beta1\" has no NetworkPolicy that Weft knows; write networking.k8s.io/v1")]
    [InlineData("apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: a}", "f:1: apiVersion: \"policy.networking.k8s.io/v1alpha1\" has no AdminNetworkPolicy that Weft knows; write a ClusterNetworkPolicy of policy.networking.k8s.io/v1alpha2")]
    public void Other_kinds_are_refused(string text, string problem, bool anyLine = false) =>
        Assert.Equal(anyLine ? problem[3..] : problem, anyLine ? Refusal(text)[3..] : Refusal(text));

    [Theory]
    [InlineData("{weft.dev/staged: \"yes\"}", "metadata.annotations: weft.dev/staged is \"yes\"; write \"true\" or \"false\"")]
    [InlineData("{ingress.weft.dev/rule-1-network-sets: a=b}", "metadata: annotation ingress.weft.dev/rule-1-network-sets: there is no ingress rule 1; the first is 0")]
    [InlineData("{ingress.weft.dev/rule-0-network-sets: a=b}", "metadata: annotation ingress.weft.dev/rule-0-network-sets: that rule names no peers and so allows everybody already; give it one")]
    [InlineData("{egress.weft.dev/rule-0-network-sets: \"\"}", "metadata: annotation egress.weft.dev/rule-0-network-sets: \"\" is not a label key: 1 to 63 letters, digits, \"-\", \"_\" and \".\", beginning and ending with a letter or digit; write a selector such as team=a")]
    public void Annotations_of_Wefts_are_checked(string annotations, string problem) => Assert.Equal("f:3: " + problem, Refusal(
        $"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, annotations: {annotations}}}\nspec: {{podSelector: {{}}, ingress: [{{}}], egress: [{{to: [{{podSelector: {{}}}}]}}]}}"));

    [Fact]
    public void Everything_wrong_in_all_files_is_told_at_once()
    {
        var e = Assert.Throws<ManifestException>(() => PolicyManifestReader.Read(
            [("a", Np.Replace("name: p", "name: q", StringComparison.Ordinal) + "spec: {podSelector: 1, policyTypes: [X]}"), ("b", "- 1"), ("c", Np + "spec: {podSelector: {}}\n---\n" + Np + "spec: {podSelector: {}}\n")], out _));
        Assert.Equal(
            """
            a:4: spec.podSelector: must be an object, not a number
            a:4: spec.policyTypes: "X" is not known; known are Ingress, Egress
            b:1: must be an object with apiVersion, kind and metadata, not a list
            c:8: metadata: NetworkPolicy p is given twice, first at c:1
            """, e.Message);
    }

    [Fact]
    public void What_kubectl_prints_is_read()
    {
        PolicyManifests read = PolicyManifestReader.Read([("f", """
            apiVersion: v1
            kind: List
            metadata: {resourceVersion: ""}
            items:
            - apiVersion: networking.k8s.io/v1
              kind: NetworkPolicy
              metadata:
                annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}"}
                creationTimestamp: "2026-01-01T00:00:00Z"
                generation: 1
                labels: {app: web}
                managedFields: [{manager: kubectl}]
                name: p
                namespace: shop
                resourceVersion: "42"
                uid: 0b5e0b5e
              spec: {podSelector: {}, policyTypes: [Ingress]}
              status: {}
            - {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
            - apiVersion: apps/v1
              kind: Deployment
            """)], out IReadOnlyList<string> passedOver);
        Assert.Equal("shop", Assert.Single(read.NetworkPolicies).Metadata.Namespace);
        Assert.Single(read.Namespaces);
        Assert.Equal("f:20: Deployment", Assert.Single(passedOver));
    }

    [Fact]
    public void A_pod_that_has_ended_has_no_address_any_more()
    {
        Assert.Empty(Worlds.Read("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: []}\nstatus: {phase: Succeeded, podIP: 10.0.0.1}").Endpoints);
        Assert.Single(Worlds.Read("apiVersion: weft.dev/v1\nkind: Endpoint\nmetadata: {name: p, namespace: x, labels: {a: b}}\nspec: {network: default, node: n1, ports: [{name: web, port: 80}]}\nstatus: {addresses: [10.0.0.1], mac: x}").Endpoints);
    }

    private static string Refusal(string text) => Assert.Throws<ManifestException>(() => Worlds.Read(text)).Message;
}
