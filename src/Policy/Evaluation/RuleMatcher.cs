using System.Collections.Concurrent;
using Weft.Policy.Labels;
using Weft.Policy.Model;

namespace Weft.Policy.Evaluation;

/// <summary>Whether rules match flows. Thread-safe.</summary>
internal sealed class RuleMatcher(PolicyWorld world)
{
    private readonly ConcurrentDictionary<string, LabelSet> _namespaceLabels = new(StringComparer.Ordinal);

    public bool Matches(PolicyRule rule, Direction direction, in Flow flow) =>
        MatchesPorts(rule.Ports, flow) && MatchesPeers(rule.Peers, direction == Direction.Ingress ? flow.Source : flow.Destination);

    public bool MatchesPeers(PeerMatch peers, Party other)
    {
        if (peers is not PeerMatch.Listed listed)
        {
            return true;
        }
        foreach (Peer peer in listed.Peers)
        {
            if (Matches(peer, other))
            {
                return true;
            }
        }
        return false;
    }

    public static bool MatchesPorts(PortMatch ports, in Flow flow)
    {
        if (ports is not PortMatch.Listed listed)
        {
            return true;
        }
        foreach (PortRule port in listed.Ports)
        {
            if (Matches(port, flow))
            {
                return true;
            }
        }
        return false;
    }

    public bool Selects(PolicySubject subject, PolicyEndpoint endpoint) =>
        subject is PolicySubject.Endpoints { Selector: var selector } && Matches(selector, endpoint);

    public LabelSet LabelsOf(string name) => _namespaceLabels.GetOrAdd(name, world.LabelsOf);

    public bool Matches(EndpointSelector selector, PolicyEndpoint endpoint) => selector.Matches(endpoint, LabelsOf(endpoint.Name.Namespace));

    private bool Matches(Peer peer, Party other) => peer switch
    {
        Peer.Endpoints endpoints => other.Endpoint is { } endpoint && Matches(endpoints.Selector, endpoint),
        Peer.Addresses addresses => other.Address is { } address && addresses.Ranges.Contains(address),
        Peer.Nodes nodes => other.Node is { } node && nodes.Selector.Matches(node.Labels),
        Peer.NetworkSets sets => other.Address is { } address
            && world.NetworkSets.Values.Any(set => sets.Selector.Matches(set.Labels) && set.Ranges.Contains(address)),
        _ => false,
    };

    private static bool Matches(PortRule rule, in Flow flow)
    {
        if (rule is PortRule.Numbered numbered)
        {
            return flow.Protocol == numbered.Protocol && numbered.Range.Contains(flow.Port);
        }
        if (rule is PortRule.Named named && flow.Destination.Endpoint is { } destination)
        {
            foreach (NamedPort port in destination.Ports)
            {
                if (port.Name == named.Name && port.Protocol == flow.Protocol && port.Number == flow.Port && (named.Protocol is null || named.Protocol == port.Protocol))
                {
                    return true;
                }
            }
        }
        return false;
    }
}
