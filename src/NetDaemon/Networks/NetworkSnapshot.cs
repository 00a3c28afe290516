using System.Diagnostics.CodeAnalysis;
using Weft.Contracts.V1;

namespace Weft.NetDaemon.Networks;

/// <summary>All networks at one moment. Immutable.</summary>
internal sealed class NetworkSnapshot
{
    /// <summary>What a configuration means that names no network.</summary>
    public const string DefaultName = "default";

    public static readonly NetworkSnapshot Empty = new([]);

    private readonly Dictionary<string, NetworkView> _byName;

    public NetworkSnapshot(IEnumerable<NetworkView> networks, ReservationSet? reservations = null)
    {
        Reservations = reservations ?? ReservationSet.Empty;
        All = [.. networks.OrderBy(n => n.Number)];
        _byName = All.ToDictionary(n => n.Name, StringComparer.Ordinal);
    }

    /// <summary>By number.</summary>
    public IReadOnlyList<NetworkView> All { get; }

    public ReservationSet Reservations { get; }

    public IEnumerable<Pool> Pools => All.SelectMany(n => n.Pools);

    public bool TryGet(string name, [NotNullWhen(true)] out NetworkView? network) => _byName.TryGetValue(name, out network);

    /// <summary>
    /// The network that a CNI configuration means: the one it names; else the one with the configuration's own name; else "default".
    /// Null when that one does not exist.
    /// </summary>
    /// <param name="named">The configuration's "network" key, or empty.</param>
    /// <param name="configuration">The configuration's "name".</param>
    public NetworkView? Resolve(string named, string configuration)
    {
        if (named.Length > 0)
        {
            return _byName.GetValueOrDefault(named);
        }
        return _byName.GetValueOrDefault(configuration) ?? _byName.GetValueOrDefault(DefaultName);
    }
}
