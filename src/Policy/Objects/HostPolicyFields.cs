using Weft.Contracts.V1;
using Weft.Manifests.Yaml;
using Weft.Policy.Model;

namespace Weft.Policy.Objects;

/// <summary>Reads a HostPolicy (weft.dev/v1).</summary>
internal static class HostPolicyFields
{
    private static readonly string[] PeerKeys = ["ipBlock", "nodeSelector", "networkSetSelector", "podSelector", "namespaceSelector"];

    public static HostPolicy Read(FieldReader fields)
    {
        var policy = new HostPolicy { Metadata = MetadataFields.Read(fields, namespaced: false) };
        if (fields.Object("spec", required: true) is { } spec)
        {
            policy.NodeSelector = SelectorFields.Read(spec, "nodeSelector", required: true);
            RuleFields.ReadTypes(spec, policy.PolicyTypes);
            Lists.ForEach(spec, "ingress", int.MaxValue, item =>
            {
                var rule = new HostIngressRule();
                PortFields.Read(item, rule.Ports);
                Lists.ForEach(item, "from", int.MaxValue, peer => rule.From.Add(ReadPeer(peer)));
                item.RejectUnknown();
                CheckPorts(item, rule.Ports);
                policy.Ingress.Add(rule);
            });
            Lists.ForEach(spec, "egress", int.MaxValue, item =>
            {
                var rule = new HostEgressRule();
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

    private static HostPolicyPeer ReadPeer(FieldReader item)
    {
        var peer = new HostPolicyPeer
        {
            PodSelector = SelectorFields.Read(item, "podSelector"),
            NamespaceSelector = SelectorFields.Read(item, "namespaceSelector"),
            IpBlock = PortFields.ReadBlock(item),
            NodeSelector = SelectorFields.Read(item, "nodeSelector"),
            NetworkSetSelector = SelectorFields.Read(item, "networkSetSelector"),
        };
        string[] given = [.. PeerKeys.Where(key => item.Any(key) is not (null or YamlScalar { IsNull: true }))];
        if (given.Length == 0)
        {
            item.Refuse("", $"names nobody; give one of {string.Join(", ", PeerKeys)}");
        }
        else if (given.Length > 1 && given is not ["podSelector", "namespaceSelector"])
        {
            item.Refuse("", $"has {string.Join(" and ", given)}; only podSelector and namespaceSelector may stand together");
        }
        item.RejectUnknown();
        return peer;
    }

    private static void CheckPorts(FieldReader item, IEnumerable<NetworkPolicyPort> ports)
    {
        if (ports.Any(port => port.PortCase == NetworkPolicyPort.PortOneofCase.Name))
        {
            item.Refuse("ports", "a node has no named ports; write numbers");
        }
    }
}
