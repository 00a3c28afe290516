using System.Net;
using Weft.Contracts.Cni;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Networks;

namespace Weft.NetDaemon.Attachments;

/// <summary>What an interface is to get: its reservation, what the runtime wishes, and what belongs to others, put together. Pure.</summary>
/// <param name="Addresses">For the allocator.</param>
/// <param name="Mac">The MAC that it must have, or null: any.</param>
internal sealed record AddressWishes(AddressWish Addresses, MacAddress? Mac)
{
    /// <summary>A reservation comes before the runtime's wishes, which may only say the same; ranges restrict both.</summary>
    /// <param name="network">The network that is attached to.</param>
    /// <param name="reservations">All there are.</param>
    /// <param name="key">The attachment.</param>
    /// <param name="endpoint">What it is called.</param>
    /// <param name="wanted">Addresses that the runtime asks for.</param>
    /// <param name="mac">The MAC that it asks for: 6 bytes, or empty.</param>
    /// <param name="ranges">The configuration's ranges, or empty.</param>
    /// <param name="holds">Whether another interface of the same container has an address: then it is not this one's.</param>
    /// <exception cref="RefusedException">The wishes contradict each other, or the network's pools.</exception>
    public static AddressWishes Combine(
        NetworkView network,
        ReservationSet reservations,
        AttachmentKey key,
        EndpointDescription endpoint,
        IReadOnlyList<IPAddress> wanted,
        ReadOnlyMemory<byte> mac,
        IReadOnlyList<WantedRange> ranges,
        Func<IPAddress, bool> holds)
    {
        RequireInPools(network, ranges);
        List<ReservationView> own = [.. reservations
            .For(network.Name, endpoint.Namespace, endpoint.Name, key.ContainerId, key.InterfaceName)
            .Where(r => !r.Addresses.Any(holds))];
        List<IPAddress> addresses = [.. own.SelectMany(r => r.Addresses).DistinctBy(a => a.AddressFamily)];
        foreach (IPAddress address in wanted.Select(a => a.IsIPv4MappedToIPv6 ? a.MapToIPv4() : a))
        {
            ReservationView? reservation = own.Find(r => r.Addresses.Any(a => a.AddressFamily == address.AddressFamily));
            if (reservation is null)
            {
                addresses.Add(address);
            }
            else if (!addresses.Contains(address))
            {
                throw Contradiction(reservation, $"address {address}", $"address {addresses.First(a => a.AddressFamily == address.AddressFamily)}");
            }
        }
        MacAddress? wantedMac = mac.Length == 6 ? new MacAddress(mac.Span) : null;
        ReservationView? withMac = own.Find(r => r.Mac is not null);
        if (withMac is not null && wantedMac is not null && wantedMac != withMac.Mac)
        {
            throw Contradiction(withMac, $"MAC {wantedMac}", $"MAC {withMac.Mac}");
        }
        return new AddressWishes(
            new AddressWish
            {
                Wanted = addresses,
                Owner = endpoint.Name == key.ContainerId ? null : AttachmentRecord.OwnerOf(endpoint.Namespace, endpoint.Name, key.InterfaceName),
                Within = [.. ranges.Select(r => r.Part)],
                WhyWithheld = WhyWithheld(network, reservations, own),
            },
            wantedMac ?? withMac?.Mac);
    }

    /// <summary>What nobody in particular may get: for asking whether there is any address at all.</summary>
    public static AddressWish Anybody(NetworkView network, ReservationSet reservations) => new() { WhyWithheld = WhyWithheld(network, reservations, []) };

    private static Func<IPAddress, string?>? WhyWithheld(NetworkView network, ReservationSet reservations, List<ReservationView> own)
    {
        if (network.Withheld.Count == 0 && !reservations.HasAny(network.Name))
        {
            return null;
        }
        return address => network.Withheld.Contains(address) ? "is withheld by its pool (a gateway, for one), and no container gets it"
            : reservations.Of(network.Name, address) is { } reservation && !own.Contains(reservation)
                ? $"is reserved for {reservation.Holder} by Reservation \"{reservation.Name}\""
            : null;
    }

    private static void RequireInPools(NetworkView network, IReadOnlyList<WantedRange> ranges)
    {
        List<WantedRange> outside = [.. ranges.Where(r => !network.Ranges.Any(r.Part.Overlaps))];
        if (outside.Count > 0)
        {
            string pools = network.Pools.Count == 0 ? "it has none" : string.Join(", ", network.Pools.Select(p => $"{p.Name} {p.Cidr}"));
            throw new RefusedException(
                RefusalReason.BadRequest,
                $"the configuration's range(s) {string.Join(", ", outside)} lie in no pool of network {network.Name} ({pools})",
                "add a Pool with that range to the network (`weft apply -f`), or correct the configuration's ranges or \"network\" key");
        }
    }

    private static RefusedException Contradiction(ReservationView reservation, string wanted, string reserved) => new(
        RefusalReason.AddressInUse,
        $"{wanted} was asked for, but Reservation \"{reservation.Name}\" gives {reservation.Holder} {reserved}",
        $"ask for the same or for none, or change the Reservation (`weft get reservation {reservation.Name} -o yaml`)");
}
