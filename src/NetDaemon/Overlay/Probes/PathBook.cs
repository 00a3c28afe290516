using System.Net;

namespace Weft.NetDaemon.Overlay.Probes;

/// <summary>
/// The ways to all other nodes: which is to be tried when, and what was found. A node that joins is tried within a time that grows with the number of nodes, at random, since all of them do
/// the same; then every hour; a way with a problem more often, so that its end is noticed. Thread-safe.
/// </summary>
internal sealed class PathBook(TimeProvider time)
{
    /// <summary>How often in a row nobody must have answered, before that is believed.</summary>
    public const int Disbelief = 3;

    private static readonly TimeSpan Regular = TimeSpan.FromHours(1);
    private static readonly TimeSpan AfterSilence = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WithProblem = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WhileAway = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ForEachNode = TimeSpan.FromMilliseconds(20);     // 5,000 nodes: 50 packets a second for the node that joins
    private static readonly TimeSpan ForEachProblem = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private readonly SortedDictionary<uint, PeerPath> _paths = [];

    /// <summary>Takes over who there is. Known ways that did not change keep their findings and times; nothing is known of others.</summary>
    public void Set(IReadOnlyCollection<ProbeTarget> targets)
    {
        lock (_lock)
        {
            foreach (uint gone in _paths.Keys.Except(targets.Select(t => t.Number)).ToArray())
            {
                _paths.Remove(gone);
            }
            foreach (ProbeTarget target in targets)
            {
                if (!_paths.TryGetValue(target.Number, out PeerPath? path) || path.Target != target)
                {
                    // Anew, so that what is under way for the old one is not taken for its finding.
                    _paths[target.Number] = new PeerPath(target) { Due = In(ForEachNode * targets.Count * Random.Shared.NextDouble()) };
                }
            }
        }
    }

    /// <summary>Ways to be tried now, the longest overdue first; they count as being tried from here on.</summary>
    public IReadOnlyList<PeerPath> Take(int most)
    {
        lock (_lock)
        {
            long now = time.GetTimestamp();
            PeerPath[] due = [.. _paths.Values.Where(p => !p.IsBusy && p.Due <= now).OrderBy(p => p.Due).Take(most)];
            foreach (PeerPath path in due)
            {
                path.IsBusy = true;
            }
            return due;
        }
    }

    /// <summary>Takes down what was found, and decides when the way is tried again.</summary>
    /// <param name="path">From <see cref="Take"/>.</param>
    /// <param name="finding">What was found; null: nothing could be.</param>
    /// <param name="roundTrip">How long an answer took, if there was one.</param>
    /// <returns>Whether something else holds of it now.</returns>
    public bool Done(PeerPath path, PathFinding? finding, TimeSpan? roundTrip)
    {
        lock (_lock)
        {
            path.IsBusy = false;
            if (finding is not { } found)
            {
                path.Due = In(Vary(WithProblem));
                return false;
            }
            (path.Tried, path.RoundTrip) = (time.GetUtcNow(), roundTrip ?? path.RoundTrip);
            path.SilentTimes = found.State == PathState.Silent ? path.SilentTimes + 1 : 0;
            if (path.SilentTimes is > 0 and < Disbelief)
            {
                path.Due = In(AfterSilence);
                return false;
            }
            bool isNew = path.Finding != found;
            path.Finding = found;
            int problems = _paths.Values.Count(p => p.Finding.IsProblem);
            path.Due = In(Vary(found.State switch
            {
                PathState.Away => WhileAway,
                _ when found.IsProblem => WithProblem > ForEachProblem * problems ? WithProblem : ForEachProblem * problems,
                _ => Regular,
            }));
            return isNew;
        }
    }

    /// <summary>Whether checksums are to be tried with a node: on the first occasion, then every hour.</summary>
    public bool IsChecksumDue(PeerPath path)
    {
        lock (_lock)
        {
            if (path.ChecksumDue > time.GetTimestamp())
            {
                return false;
            }
            path.ChecksumDue = In(Vary(Regular));
            return true;
        }
    }

    /// <summary>All ways by node number: targets, findings, when they were tried, and how long an answer took.</summary>
    public IReadOnlyList<(ProbeTarget Target, PathFinding Finding, DateTimeOffset? Tried, TimeSpan? RoundTrip)> All()
    {
        lock (_lock)
        {
            return [.. _paths.Values.Select(p => (p.Target, p.Finding, p.Tried, p.RoundTrip))];
        }
    }

    /// <summary>Who may ask.</summary>
    public IReadOnlyDictionary<IPAddress, ProbeTarget> ByAddress()
    {
        lock (_lock)
        {
            var byAddress = new Dictionary<IPAddress, ProbeTarget>();
            foreach (PeerPath path in _paths.Values)
            {
                byAddress[path.Target.Underlay] = path.Target;
            }
            return byAddress;
        }
    }

    private long In(TimeSpan span) => time.GetTimestamp() + (long)(span.TotalSeconds * time.TimestampFrequency);

    private static TimeSpan Vary(TimeSpan span) => span * (0.75 + (Random.Shared.NextDouble() / 2));
}
