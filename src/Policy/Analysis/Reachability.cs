using System.Net;
using Weft.Policy.Evaluation;
using Weft.Policy.Model;

namespace Weft.Policy.Analysis;

/// <summary>Answers who can reach an endpoint, and which pairs a change of policy changes.</summary>
public static class Reachability
{
    /// <summary>Everybody that policies let reach an endpoint, and with what: endpoints, nodes, and the addresses of nobody known.</summary>
    public static IReadOnlyList<Reach> WhoCanReach(PolicyEvaluator evaluator, PolicyEndpoint destination)
    {
        PolicyWorld world = evaluator.World;
        var finder = new TrafficFinder(evaluator);
        List<Reach> found = [];
        IReadOnlyList<Party> to = FlowQuestions.Of(world, destination);
        foreach ((string name, IReadOnlyList<Party> from) in Ends(world).Where(end => end.Name != destination.Name.ToString()))
        {
            found.AddRange(Pairs(from, to).Select(pair => (pair.To, Traffic: finder.Find(pair.From, pair.To)))
                .GroupBy(pair => pair.Traffic)
                .Where(group => !group.Key.IsEmpty)
                .Select(group => new Reach(name, string.Join(", ", group.Select(pair => pair.To.Address?.ToString() ?? pair.To.ToString()).Distinct()), group.Key)));
        }
        foreach (Party party in to.Where(party => party.Address is not null))
        {
            found.AddRange(Outside(world, finder, party));
        }
        return found;
    }

    /// <summary>The pairs of endpoints and nodes whose allowed traffic differs between two worlds; of those that both have.</summary>
    public static IReadOnlyList<ReachChange> WhatChanges(PolicyWorld before, PolicyWorld after)
    {
        var (old, now) = (new TrafficFinder(new PolicyEvaluator(before)), new TrafficFinder(new PolicyEvaluator(after)));
        Dictionary<string, IReadOnlyList<Party>> oldEnds = Ends(before).ToDictionary(end => end.Name, end => end.Parties);
        (string Name, IReadOnlyList<Party> Parties)[] ends = [.. Ends(after).Where(end => oldEnds.ContainsKey(end.Name))];
        List<ReachChange> changes = [];
        foreach ((string source, IReadOnlyList<Party> from) in ends)
        {
            foreach ((string destination, IReadOnlyList<Party> to) in ends.Where(end => end.Name != source))
            {
                List<(Party From, Party To)> oldPairs = [.. Pairs(oldEnds[source], oldEnds[destination])];
                List<(Party From, Party To)> newPairs = [.. Pairs(from, to)];
                for (int i = 0; i < Math.Min(oldPairs.Count, newPairs.Count); i++)
                {
                    (TrafficSet was, TrafficSet @is) = (old.Find(oldPairs[i].From, oldPairs[i].To), now.Find(newPairs[i].From, newPairs[i].To));
                    if (!was.Equals(@is) && !changes.Contains(new ReachChange(source, destination, was, @is)))
                    {
                        changes.Add(new ReachChange(source, destination, was, @is));
                    }
                }
            }
        }
        changes.AddRange(OutsideChanges(before, after, old, now, ends));
        return changes;
    }

    /// <summary>Endpoints with addresses of their own, by name; then nodes.</summary>
    private static IEnumerable<(string Name, IReadOnlyList<Party> Parties)> Ends(PolicyWorld world) =>
        world.Endpoints.Values.Where(endpoint => !endpoint.HostNetwork).OrderBy(endpoint => endpoint.Name).Select(endpoint => (endpoint.Name.ToString(), FlowQuestions.Of(world, endpoint)))
            .Concat(world.Nodes.Keys.Order(StringComparer.Ordinal).Select(name => ($"node:{name}", FlowQuestions.Parties(world, $"node:{name}"))));

    private static IEnumerable<(Party From, Party To)> Pairs(IReadOnlyList<Party> from, IReadOnlyList<Party> to) =>
        from.SelectMany(a => to.Where(b => a.Address is null || b.Address is null || a.Address.AddressFamily == b.Address.AddressFamily).Select(b => (a, b)));

    private static IEnumerable<Reach> Outside(PolicyWorld world, TrafficFinder finder, Party party)
    {
        (IPAddress First, IPAddress Last, TrafficSet Traffic)? open = null;
        foreach ((Party from, IPAddress first, IPAddress last) in OutsideRegions.Of(world).Where(region => region.First.AddressFamily == party.Address!.AddressFamily))
        {
            TrafficSet traffic = finder.Find(from, party);
            if (open is { } before && before.Traffic.Equals(traffic))
            {
                open = before with { Last = last };
                continue;
            }
            if (open is { Traffic.IsEmpty: false } done)
            {
                yield return new Reach($"{done.First}-{done.Last}", party.Address!.ToString(), done.Traffic);
            }
            open = (first, last, traffic);
        }
        if (open is { Traffic.IsEmpty: false } rest)
        {
            yield return new Reach($"{rest.First}-{rest.Last}", party.Address!.ToString(), rest.Traffic);
        }
    }

    private static IEnumerable<ReachChange> OutsideChanges(
        PolicyWorld before, PolicyWorld after, TrafficFinder old, TrafficFinder now, IEnumerable<(string Name, IReadOnlyList<Party> Parties)> ends)
    {
        (Party Party, IPAddress First)[] outside = [.. OutsideRegions.Of(before).Concat(OutsideRegions.Of(after)).Select(region => (region.Party, region.First)).DistinctBy(region => region.First)];
        HashSet<ReachChange> told = [];
        foreach ((string name, IReadOnlyList<Party> parties) in ends)
        {
            foreach (Party party in parties.Where(party => party.Address is not null))
            {
                foreach ((Party other, IPAddress first) in outside.Where(region => region.First.AddressFamily == party.Address!.AddressFamily))
                {
                    string label = $"outside from {first} on";
                    foreach (ReachChange change in (ReachChange[])[
                        new(name, label, old.Find(party, other), now.Find(party, other)), new(label, name, old.Find(other, party), now.Find(other, party))])
                    {
                        if (!change.Before.Equals(change.After) && told.Add(change))
                        {
                            yield return change;
                        }
                    }
                }
            }
        }
    }
}
