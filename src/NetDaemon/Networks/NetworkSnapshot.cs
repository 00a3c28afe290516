using System.Diagnostics.CodeAnalysis;
using System.Net;
using Weft.Contracts.V1;

namespace Weft.NetDaemon.Networks;

/// <summary>All networks at one moment. Immutable.</summary>
internal sealed class NetworkSnapshot
{
    /// <summary>What a configuration means that names no network.</summary>
    public const string DefaultName = "default";

    public static readonly NetworkSnapshot Empty = new([]);

    private readonly Dictionary<string, NetworkView> _byName;
    private readonly Dictionary<string, NetworkView> _byConfiguration = new(StringComparer.Ordinal);

    public NetworkSnapshot(IEnumerable<NetworkView> networks, ReservationSet? reservations = null)
    {
        Reservations = reservations ?? ReservationSet.Empty;
        All = [.. networks.OrderBy(n => n.Number)];
        _byName = All.ToDictionary(n => n.Name, StringComparer.Ordinal);
        foreach (NetworkView network in All.Where(n => n.CniConfiguration.Length > 0))
        {
            _byConfiguration.TryAdd(network.CniConfiguration, network);
        }
    }

    /// <summary>By number.</summary>
    public IReadOnlyList<NetworkView> All { get; }

    public ReservationSet Reservations { get; }

    public IEnumerable<Pool> Pools => All.SelectMany(n => n.Pools);

    /// <summary>Addresses of a network that are not anybody's to get: withheld by its pools, or reserved.</summary>
    public IReadOnlyCollection<IPAddress> WithheldOf(string network) =>
        _byName.TryGetValue(network, out NetworkView? known) ? [.. known.Withheld, .. Reservations.AddressesOf(network)] : [];

    public bool TryGet(string name, [NotNullWhen(true)] out NetworkView? network) => _byName.TryGetValue(name, out network);

    /// <summary>
    /// The network that a CNI configuration means: the one it names; else the one with the configuration's own name, as <see cref="ConfiguredName"/>
    /// has it; else "default". Null when that one does not exist.
    /// </summary>
    /// <param name="named">The configuration's "network" key, or empty.</param>
    /// <param name="configuration">The configuration's "name".</param>
    public NetworkView? Resolve(string named, string configuration)
    {
        if (named.Length > 0)
        {
            return _byName.GetValueOrDefault(named);
        }
        return OfConfiguration(configuration) ?? _byName.GetValueOrDefault(DefaultName);
    }

    /// <summary>The network that was made for a configuration, or that a person gave the name for it; null when there is none.</summary>
    public NetworkView? OfConfiguration(string configuration) => _byConfiguration.GetValueOrDefault(configuration)
        ?? _byName.GetValueOrDefault(ConfiguredName.Choose(configuration, name => _byName.GetValueOrDefault(name)?.CniConfiguration));
}
