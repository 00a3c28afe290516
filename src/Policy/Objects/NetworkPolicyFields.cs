using Weft.Contracts.V1;
using Weft.Manifests.Yaml;
using Weft.Policy.Model;

namespace Weft.Policy.Objects;

/// <summary>Reads a NetworkPolicy (networking.k8s.io/v1; apis/networking/validation).</summary>
internal static class NetworkPolicyFields
{
    public static NetworkPolicy Read(FieldReader fields)
    {
        var policy = new NetworkPolicy { Metadata = MetadataFields.Read(fields, namespaced: true) };
        if (fields.Object("spec", required: true) is { } spec)
        {
            policy.PodSelector = SelectorFields.Read(spec, "podSelector") ?? new LabelSelector();
            RuleFields.ReadTypes(spec, policy.PolicyTypes);
            Lists.ForEach(spec, "ingress", int.MaxValue, item =>
            {
                var rule = new NetworkPolicyIngressRule();
                PortFields.Read(item, rule.Ports);
                Lists.ForEach(item, "from", int.MaxValue, peer => rule.From.Add(ReadPeer(peer)));
                item.RejectUnknown();
                policy.Ingress.Add(rule);
            });
            Lists.ForEach(spec, "egress", int.MaxValue, item =>
            {
                var rule = new NetworkPolicyEgressRule();
                PortFields.Read(item, rule.Ports);
                Lists.ForEach(item, "to", int.MaxValue, peer => rule.To.Add(ReadPeer(peer)));
                item.RejectUnknown();
                policy.Egress.Add(rule);
            });
            spec.RejectUnknown();
        }
        RuleFields.CheckNetworkSets(fields, policy.Metadata, direction => direction == Direction.Ingress
            ? [.. policy.Ingress.Select(rule => rule.From.Count > 0)]
            : [.. policy.Egress.Select(rule => rule.To.Count > 0)]);
        return policy;
    }

    private static NetworkPolicyPeer ReadPeer(FieldReader item)
    {
        var peer = new NetworkPolicyPeer
        {
            PodSelector = SelectorFields.Read(item, "podSelector"),
            NamespaceSelector = SelectorFields.Read(item, "namespaceSelector"),
            IpBlock = PortFields.ReadBlock(item),
        };
        bool pods = peer.PodSelector is not null || peer.NamespaceSelector is not null;
        if (pods && peer.IpBlock is not null)
        {
            item.Refuse("ipBlock", "may not stand beside podSelector or namespaceSelector; make it a peer of its own");
        }
        else if (item.Any("podSelector") is null or YamlScalar && item.Any("namespaceSelector") is null or YamlScalar && item.Any("ipBlock") is null or YamlScalar)
        {
            item.Refuse("", "names nobody; give podSelector, namespaceSelector or ipBlock");
        }
        item.RejectUnknown();
        return peer;
    }
}
