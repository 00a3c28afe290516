using System.Net;
using Weft.Contracts.V1;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Networks;

namespace Weft.NetDaemon.Api;

/// <summary>Whether addresses can be reserved, judged by the pools and reservations that there are to be.</summary>
/// <param name="pools">All pools.</param>
/// <param name="reservations">All reservations, the one in question among them.</param>
/// <param name="holderOf">Who has an address of a network now.</param>
internal sealed class ReservationChecks(
    IReadOnlyCollection<Pool> pools, IEnumerable<Reservation> reservations, Func<string, IPAddress, AddressHolder?> holderOf)
{
    private readonly List<ReservationView> _reservations = [.. reservations.Select(ReservationView.Of)];
    private readonly ILookup<string, PoolLayout> _layouts = pools.Select(Layout).OfType<PoolLayout>().ToLookup(layout => layout.Network);
    private readonly ILookup<(string Network, IPAddress Address), ReservationView> _byAddress = reservations.Select(ReservationView.Of)
        .SelectMany(r => r.Addresses.Select(a => (Key: (r.Network, a), Reservation: r))).ToLookup(pair => pair.Key, pair => pair.Reservation);

    /// <summary>Why no pool of the network gives the address, with the next step, or null.</summary>
    public string? WhyNotOfPool(string network, IPAddress address)
    {
        PoolLayout? pool = _layouts[network].FirstOrDefault(layout => layout.Cidr.Contains(address));
        if (pool is null)
        {
            string known = string.Join(", ", _layouts[network].OrderBy(layout => layout.Name, StringComparer.Ordinal).Select(layout => $"{layout.Name} {layout.Cidr}"));
            return $"{address} is in no pool of network \"{network}\" ({(known.Length == 0 ? "it has none" : known)}); apply a Pool that contains it first";
        }
        if (pool.IsReserved(address))
        {
            return $"{address} is the first or last of pool \"{pool.Name}\" ({pool.Cidr}), which no container gets; choose another";
        }
        return pools.First(p => p.Name == pool.Name).Withheld.Any(w => IPAddress.Parse(w).Equals(address))
            ? $"{address} is withheld by pool \"{pool.Name}\"; choose another, or take it out of the pool's spec.withheld"
            : null;
    }

    /// <summary>Which other reservation has the address, with the next step, or null.</summary>
    public string? WhyReserved(Reservation reservation, IPAddress address)
    {
        ReservationView? other = _byAddress[(reservation.Network, address)].FirstOrDefault(r => r.Name != reservation.Name);
        return other is null
            ? null
            : $"{address} is reserved already for {other.Holder}, by Reservation \"{other.Name}\"; choose another, or `weft delete reservation {other.Name}`";
    }

    /// <summary>Which other reservation the same interface has in that network, with the next step, or null.</summary>
    public string? WhySecond(Reservation reservation)
    {
        ReservationView? other = reservation.ImportedFrom.Length > 0 ? null : _reservations.Find(r => r.Name != reservation.Name
            && r.Stored.ImportedFrom.Length == 0 && r.Network == reservation.Network && r.Holder == ReservationView.HolderOf(reservation));
        return other is null
            ? null
            : $"{other.Holder} has Reservation \"{other.Name}\" in network \"{reservation.Network}\" already; put all its addresses into one";
    }

    /// <summary>Who else has the address now, with the next step, or null.</summary>
    public string? WhyInUse(Reservation reservation, IPAddress address) =>
        holderOf(reservation.Network, address) is { } holder
        && !ReservationView.Of(reservation).IsFor(holder.Namespace, holder.Name, holder.ContainerId, holder.InterfaceName)
            ? $"{address} is in use by {holder}; stop that container first, or choose another"
            : null;

    private static PoolLayout? Layout(Pool pool) => PoolLayout.TryCreate(pool, out PoolLayout? layout, out _) ? layout : null;
}
