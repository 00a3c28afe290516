using System.Net;
using System.Net.Sockets;
using Weft.Policy.Evaluation;
using Weft.Policy.Model;

namespace Weft.Policy.Analysis;

/// <summary>All addresses that belong to no endpoint and no node, cut where some policy's range begins or ends: within a region every address is judged the same.</summary>
internal static class OutsideRegions
{
    public static IEnumerable<(Party Party, IPAddress First, IPAddress Last)> Of(PolicyWorld world)
    {
        List<AddressRanges> ranges = [.. world.Policies.Values
            .SelectMany(policy => (policy.Ingress ?? []).Concat(policy.Egress ?? []))
            .SelectMany(rule => rule.Peers is PeerMatch.Listed listed ? listed.Peers : [])
            .OfType<Peer.Addresses>().Select(peer => peer.Ranges), .. world.NetworkSets.Values.Select(set => set.Ranges)];
        return Of(AddressFamily.InterNetwork, uint.MaxValue, ranges).Concat(Of(AddressFamily.InterNetworkV6, UInt128.MaxValue, ranges));
    }

    private static IEnumerable<(Party Party, IPAddress First, IPAddress Last)> Of(AddressFamily family, UInt128 end, IEnumerable<AddressRanges> ranges)
    {
        SortedSet<UInt128> starts = [0];
        foreach ((IPAddress first, IPAddress last) in ranges.SelectMany(range => range.Intervals).Where(interval => interval.First.AddressFamily == family))
        {
            starts.Add(AddressNumber.Of(first));
            if (AddressNumber.Of(last) != end)
            {
                starts.Add(AddressNumber.Of(last) + 1);
            }
        }
        UInt128[] sorted = [.. starts];
        for (int i = 0; i < sorted.Length; i++)
        {
            IPAddress first = AddressNumber.ToAddress(family, sorted[i]);
            yield return (new Party(null, null, first), first, AddressNumber.ToAddress(family, i + 1 < sorted.Length ? sorted[i + 1] - 1 : end));
        }
    }
}
