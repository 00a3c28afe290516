using System.Net;
using Weft.Policy.Compilation;
using Weft.Policy.Labels;
using Weft.Policy.Model;
using Weft.Policy.Objects;

namespace Weft.Policy.Tests.Compilation;

public sealed class SharedSelectorTests
{
    [Fact]
    public void A_policy_that_goes_and_has_its_own_subject_among_its_peers_takes_no_other_policy_with_it()
    {
        PolicyManifests read = PolicyManifestReader.Read([("test", """
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: among, namespace: shop}
            spec: {podSelector: {matchLabels: {app: a}}, ingress: [{from: [{podSelector: {matchLabels: {app: a}}}]}]}
            ---
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: other, namespace: shop}
            spec: {podSelector: {matchLabels: {app: b}}, policyTypes: [Ingress]}
            """)], out _);
        var compiler = new PolicyCompiler("n1", PolicySettings.Default);
        read.NetworkPolicies.ForEach(policy => compiler.Set(PolicyReader.Read(policy)));
        compiler.Set(Endpoint("first", "a", "10.0.0.1"));

        compiler.Remove(new PolicyName(PolicyKinds.NetworkPolicy, "shop", "among"));
        compiler.Set(Endpoint("second", "b", "10.0.0.2"));

        Assert.Equal([new ClassTarget(Direction.Ingress, IPAddress.Parse("10.0.0.2"))], compiler.Snapshot().Assignments.Keys);
    }

    private static PolicyEndpoint Endpoint(string name, string app, string address) =>
        new(new EndpointName("shop", name), LabelSet.From([new("app", app)]), [IPAddress.Parse(address)], [], "n1", HostNetwork: false);
}
