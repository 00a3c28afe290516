using CsCheck;

namespace Weft.Policy.Tests.Objects;

/// <summary>Property: no text makes the reader throw anything but its own exception, and what it accepts becomes a world without faults.</summary>
public sealed class ManifestFuzzTests
{
    private static readonly string[] Seeds =
    [
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, annotations: {ingress.weft.dev/rule-0-network-sets: a=b}}\nspec: {podSelector: {matchExpressions: [{key: a, operator: In, values: [b]}]}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}, {podSelector: {}, namespaceSelector: {}}], ports: [{port: 80, endPort: 90}, {port: web, protocol: UDP}]}], egress: [{}]}\n",
        "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: p}\nspec: {tier: Admin, priority: 1, subject: {pods: {namespaceSelector: {}, podSelector: {}}}, egress: [{action: Pass, to: [{networks: [10.0.0.0/8]}, {nodes: {}}], protocols: [{tcp: {destinationPort: {range: {start: 1, end: 2}}}}]}]}\n",
        "apiVersion: weft.dev/v1\nkind: HostPolicy\nmetadata: {name: h}\nspec: {nodeSelector: {}, ingress: [{from: [{networkSetSelector: {}}], ports: [{port: 1}]}]}\n---\napiVersion: weft.dev/v1\nkind: NetworkSet\nmetadata: {name: s}\nspec: {cidrs: [\"fd00::/8\"]}\n",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {a: b}}\nspec: {hostNetwork: false, nodeName: n, containers: [{ports: [{name: web, containerPort: 80}]}], initContainers: [{restartPolicy: Always}]}\nstatus: {podIPs: [{ip: 10.0.0.1}]}\n---\napiVersion: v1\nkind: Node\nmetadata: {name: n}\nstatus: {addresses: [{type: InternalIP, address: 10.1.0.1}]}\n",
    ];

    private static readonly string[] Splinters = ["{}", "[]", "null", "~", "1", "-1", "1e9", "true", "\"\"", "a", "{a: b}", "[a]", ": ", ", ", "{", "}", "[", "]", "\n", "::/0", "0.0.0.0/0", "In", "\ud800", "\0"];

    private static readonly Gen<string> Mutated =
        from seed in One(Seeds)
        from edits in Gen.Select(Gen.Int[0, 500], Gen.Int[0, 12], One(Splinters)).Array[1, 4]
        select edits.Aggregate(seed, (text, edit) =>
        {
            int at = Math.Min(edit.Item1, text.Length);
            return string.Concat(text.AsSpan(0, at), edit.Item3, text.AsSpan(at + Math.Min(edit.Item2, text.Length - at)));
        });

    [Fact]
    public void Manifests_are_read_without_faults_or_refused_in_words() => Mutated.Sample(
        text =>
        {
            try
            {
                Assert.All(Worlds.Read(text).ToWorld().Policies.Values, policy => Assert.Empty(policy.Faults));
            }
            catch (ManifestException e)
            {
                Assert.NotEmpty(e.Problems);
                Assert.DoesNotContain(e.Message, c => char.IsControl(c) && c != '\n');
            }
        }, iter: 6000);

    private static Gen<string> One(string[] items) => Gen.Int[0, items.Length - 1].Select(i => items[i]);
}
