using Google.Protobuf.Collections;
using Weft.Contracts.V1;
using Weft.Manifests.Yaml;
using Weft.Policy.Labels;
using Weft.Policy.Model;

namespace Weft.Policy.Objects;

/// <summary>Reads a ClusterNetworkPolicy (policy.networking.k8s.io/v1alpha2, with the CRD's limits).</summary>
internal static class ClusterPolicyFields
{
    private const int Maximum = 25;   // rules of a direction, peers of a rule, protocols of a rule, networks of a peer

    public static ClusterNetworkPolicy Read(FieldReader fields)
    {
        var policy = new ClusterNetworkPolicy { Metadata = MetadataFields.Read(fields, namespaced: false) };
        if (fields.Object("spec", required: true) is { } spec)
        {
            policy.Tier = ReadOne(spec, "tier", "Admin", "Baseline");
            policy.Priority = spec.Number("priority", 0, 1000, "a priority of 0 to 1000") ?? 0;
            if (!Given(spec, "priority"))
            {
                spec.Refuse("priority", "is required: 0 to 1000, lower is asked first");
            }
            policy.Subject = ReadSubject(spec);
            Lists.ForEach(spec, "ingress", Maximum, item =>
            {
                var rule = new ClusterIngressRule { Name = ReadName(item), Action = ReadAction(item) };
                ReadPeers(item, "from", Direction.Ingress, rule.From);
                ReadProtocols(item, rule.Protocols);
                item.RejectUnknown();
                policy.Ingress.Add(rule);
            });
            Lists.ForEach(spec, "egress", Maximum, item =>
            {
                var rule = new ClusterEgressRule { Name = ReadName(item), Action = ReadAction(item) };
                ReadPeers(item, "to", Direction.Egress, rule.To);
                ReadProtocols(item, rule.Protocols);
                item.RejectUnknown();
                if (rule.To.Any(peer => peer.PeerCase is ClusterPolicyPeer.PeerOneofCase.Nodes or ClusterPolicyPeer.PeerOneofCase.Networks)
                    && rule.Protocols.Any(protocol => protocol.ProtocolCase == ClusterPolicyProtocol.ProtocolOneofCase.DestinationNamedPort))
                {
                    item.Refuse("protocols", "destinationNamedPort does not go with nodes or networks, which have no named ports");
                }
                policy.Egress.Add(rule);
            });
            spec.RejectUnknown();
        }
        RuleFields.CheckNetworkSets(fields, policy.Metadata, direction => direction == Direction.Ingress
            ? [.. policy.Ingress.Select(rule => rule.From.Count > 0)]
            : [.. policy.Egress.Select(rule => rule.To.Count > 0)]);
        return policy;
    }

    /// <summary>Whether a field has a value: one that is written and empty, such as <c>nodes:</c>, has none.</summary>
    private static bool Given(FieldReader fields, string key) => fields.Any(key) is not null;

    private static string ReadAction(FieldReader item) => ReadOne(item, "action", "Accept", "Deny", "Pass");

    private static string ReadOne(FieldReader fields, string key, params string[] known)
    {
        string text = fields.Text(key, required: true) ?? "";
        if (text.Length > 0 && !known.Contains(text))
        {
            fields.Refuse(key, $"{Quoted.Text(text)} is not known; known are {string.Join(", ", known)}");
        }
        return text;
    }

    private static string ReadName(FieldReader item)
    {
        string name = item.Text("name") ?? "";
        if (name.Length > 100)
        {
            item.Refuse("name", $"has {name.Length} characters; 100 are the most");
        }
        return name;
    }

    private static ClusterPolicySubject ReadSubject(FieldReader spec)
    {
        var subject = new ClusterPolicySubject();
        if (spec.Object("subject", required: true) is not { } fields)
        {
            return subject;
        }
        (LabelSelector? namespaces, NamespacedPods? pods) = ReadPodPeer(fields);
        if (Given(fields, "namespaces") == Given(fields, "pods"))
        {
            spec.Refuse("subject", "give either namespaces or pods");
        }
        if (namespaces is not null)
        {
            subject.Namespaces = namespaces;
        }
        if (pods is not null)
        {
            subject.Pods = pods;
        }
        fields.RejectUnknown();
        return subject;
    }

    private static (LabelSelector? Namespaces, NamespacedPods? Pods) ReadPodPeer(FieldReader fields)
    {
        LabelSelector? namespaces = SelectorFields.Read(fields, "namespaces");
        if (fields.Object("pods") is not { } pods)
        {
            return (namespaces, null);
        }
        var both = new NamespacedPods
        {
            NamespaceSelector = SelectorFields.Read(pods, "namespaceSelector", required: true),
            PodSelector = SelectorFields.Read(pods, "podSelector", required: true),
        };
        pods.RejectUnknown();
        return (namespaces, both);
    }

    private static void ReadPeers(FieldReader rule, string key, Direction direction, RepeatedField<ClusterPolicyPeer> into)
    {
        Lists.ForEach(rule, key, Maximum, item =>
        {
            var peer = new ClusterPolicyPeer();
            (LabelSelector? namespaces, NamespacedPods? pods) = ReadPodPeer(item);
            int given = (Given(item, "namespaces") ? 1 : 0) + (Given(item, "pods") ? 1 : 0);
            if (namespaces is not null)
            {
                peer.Namespaces = namespaces;
            }
            if (pods is not null)
            {
                peer.Pods = pods;
            }
            if (direction == Direction.Egress)
            {
                given += ReadOutside(item, peer);
            }
            if (given != 1)
            {
                item.Refuse("", direction == Direction.Ingress ? "give either namespaces or pods" : "give one of namespaces, pods, nodes, networks");
            }
            item.RejectUnknown();
            into.Add(peer);
        });
        if (rule.List(key) is not { Items.Count: > 0 })
        {
            rule.Refuse(key, "is required: at least one peer");
        }
    }

    private static int ReadOutside(FieldReader item, ClusterPolicyPeer peer)
    {
        if (SelectorFields.Read(item, "nodes") is { } nodes)
        {
            peer.Nodes = nodes;
        }
        if (Given(item, "networks"))
        {
            peer.Networks = new ClusterPolicyNetworks();
            foreach (string text in Lists.Texts(item, "networks", Maximum))
            {
                if (BlockText.Parse(text) is null)
                {
                    item.Refuse("networks", $"{Quoted.Text(text)} is not a range such as 10.0.0.0/8 or fd00::/8");
                }
                if (peer.Networks.Cidrs.Contains(text))
                {
                    item.Refuse("networks", $"{Quoted.Text(text)} is given twice");
                }
                peer.Networks.Cidrs.Add(text);
            }
            if (peer.Networks.Cidrs.Count == 0)
            {
                item.Refuse("networks", "is empty; give at least one range");
            }
        }
        if (Given(item, "domainNames"))
        {
            item.Refuse("domainNames", "is not supported: Weft has no DNS yet that could tell addresses of names; use networks");
            item.Ignore("domainNames");
        }
        return (Given(item, "nodes") ? 1 : 0) + (Given(item, "networks") ? 1 : 0) + (Given(item, "domainNames") ? 1 : 0);
    }

    private static void ReadProtocols(FieldReader rule, RepeatedField<ClusterPolicyProtocol> into) => Lists.ForEach(rule, "protocols", Maximum, item =>
    {
        var protocol = new ClusterPolicyProtocol();
        int given = 0;
        foreach (string key in (string[])["tcp", "udp", "sctp"])
        {
            if (item.Object(key) is { } fields)
            {
                ClusterPolicyPort port = ReadPort(fields);
                _ = key switch { "tcp" => protocol.Tcp = port, "udp" => protocol.Udp = port, _ => protocol.Sctp = port };
            }
            given += Given(item, key) ? 1 : 0;
        }
        if (item.Text("destinationNamedPort") is { } name)
        {
            if (LabelRules.CheckPortName(name) is { } wrong)
            {
                item.Refuse("destinationNamedPort", $"{Quoted.Text(name)} {wrong}");
            }
            protocol.DestinationNamedPort = name;
        }
        given += Given(item, "destinationNamedPort") ? 1 : 0;
        if (given != 1)
        {
            item.Refuse("", "give one of tcp, udp, sctp, destinationNamedPort");
        }
        item.RejectUnknown();
        into.Add(protocol);
    });

    private static ClusterPolicyPort ReadPort(FieldReader fields)
    {
        var port = new ClusterPolicyPort();
        if (fields.Object("destinationPort", required: true) is { } destination)
        {
            if (destination.Number("number", 1, 65535, "a port of 1 to 65535") is { } number)
            {
                port.Number = number;
            }
            if (destination.Object("range") is { } range)
            {
                uint start = range.Number("start", 1, 65535, "a port of 1 to 65535") ?? 0;
                uint end = range.Number("end", 1, 65535, "a port of 1 to 65535") ?? 0;
                if (!Given(range, "start") || !Given(range, "end") || (start > 0 && end > 0 && start >= end))
                {
                    destination.Refuse("range", "needs start and end, with start below end");
                }
                port.Range = new ClusterPolicyPortRange { Start = start, End = end };
                range.RejectUnknown();
            }
            if (Given(destination, "number") == Given(destination, "range"))
            {
                fields.Refuse("destinationPort", "give either number or range");
            }
            destination.RejectUnknown();
        }
        fields.RejectUnknown();
        return port;
    }
}
