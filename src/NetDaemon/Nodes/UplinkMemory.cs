using System.Net;
using System.Net.Sockets;

namespace Weft.NetDaemon.Nodes;

/// <summary>
/// What to say of the underlay when it changes: a renewed lease takes an address away before it gives the next one, and a link that is down has none. Until a family is gone
/// for a while, and for as long as nothing else is there, other nodes are told what was: without an address, they would take this node out. Not thread-safe.
/// </summary>
/// <param name="first">What is known at start.</param>
/// <param name="time">For how long a family is gone.</param>
internal sealed class UplinkMemory(Uplink first, TimeProvider time)
{
    /// <summary>How long a family that is gone is kept.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Dictionary<AddressFamily, long> _goneSince = [];

    /// <summary>What others are to be told.</summary>
    public Uplink Current { get; private set; } = first;

    /// <summary>Takes in what there is now.</summary>
    /// <returns>Whether <see cref="Current"/> is another.</returns>
    public bool Take(Uplink seen)
    {
        if (seen.WhyUseless is not null && Current.WhyUseless is null)
        {
            return false;
        }
        Uplink next = seen;
        foreach (AddressFamily family in (AddressFamily[])[AddressFamily.InterNetworkV6, AddressFamily.InterNetwork])
        {
            if (seen.Addresses.Any(IsOf) || !Current.Addresses.Any(IsOf))
            {
                _goneSince.Remove(family);
                continue;
            }
            if (!_goneSince.TryGetValue(family, out long since))
            {
                _goneSince[family] = since = time.GetTimestamp();
            }
            if (time.GetElapsedTime(since) < Patience)
            {
                next = next with
                {
                    Addresses = Merge(next.Addresses, Current.Addresses.Where(IsOf)),
                    OwnAddresses = Merge(next.OwnAddresses, Current.OwnAddresses.Where(IsOf)),
                    Segments = [.. next.Segments.Concat(Current.Segments.Where(s => IsOf(s.BaseAddress))).Distinct()],
                };
            }

            bool IsOf(IPAddress address) => address.AddressFamily == family;
        }
        bool changed = !next.IsSameAs(Current);
        Current = next;
        return changed;
    }

    private static IReadOnlyList<IPAddress> Merge(IReadOnlyList<IPAddress> present, IEnumerable<IPAddress> kept) =>
        [.. present.Concat(kept).OrderBy(a => a.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)];
}
