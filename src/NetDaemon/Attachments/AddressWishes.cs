using System.Net;
using System.Net.Sockets;
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
    /// <param name="exact">Whether it is to get the addresses asked for and no others.</param>
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
        bool exact,
        Func<IPAddress, bool> holds)
    {
        RequireInPools(network, ranges);
        List<ReservationView> own = [.. reservations
            .For(network.Name, endpoint.Namespace, endpoint.Name, key.ContainerId, key.InterfaceName)
            .Where(r => !r.Addresses.Any(holds))];
        List<IPAddress> asked = [.. wanted.Select(a => a.IsIPv4MappedToIPv6 ? a.MapToIPv4() : a).Distinct()];
        List<IPAddress> addresses = [];
        foreach (IGrouping<AddressFamily, IPAddress> family in own.SelectMany(r => r.Addresses).Concat(asked).Distinct().GroupBy(a => a.AddressFamily))
        {
            List<IPAddress> reserved = [.. family.Where(a => !asked.Contains(a) || own.Exists(r => r.Addresses.Contains(a)))];
            List<IPAddress> other = [.. family.Except(reserved)];
            // How many there are to give: what is reserved comes first.
            int places = exact ? asked.Count(a => a.AddressFamily == family.Key)
                : Math.Max(1, ranges.Where(r => r.Subnet.Family == family.Key).Select(r => r.List).Distinct().Count());
            if (reserved.Count > 0 && other.Count > 0 && Math.Min(reserved.Count, places) + other.Count > places)
            {
                throw Contradiction(own.Find(r => r.Addresses.Contains(reserved[0]))!, $"address {other[0]}", $"address {reserved[0]}");
            }
            addresses.AddRange(reserved.OrderByDescending(asked.Contains).Take(places));
            addresses.AddRange(other);
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
                Exact = exact,
                Owner = endpoint.Name == key.ContainerId ? null : AttachmentRecord.OwnerOf(endpoint.Namespace, endpoint.Name, key.InterfaceName),
                Lists = ListsOf(ranges),
                WhyWithheld = WhyWithheld(network, reservations, own),
                Withheld = () => Withheld(network, reservations, own),
                // An endpoint's address goes where the endpoint is. One of a container ID is of this node's containers.
                MayMove = address => own.Find(r => r.Stored.ContainerId.Length == 0 && r.Addresses.Contains(address))?.Name,
            },
            wantedMac ?? withMac?.Mac);
    }

    /// <summary>What nobody in particular may get: for asking whether there is any address at all.</summary>
    public static AddressWish Anybody(NetworkView network, ReservationSet reservations, IReadOnlyList<WantedRange> ranges)
    {
        RequireInPools(network, ranges);
        return new AddressWish
        {
            Lists = ListsOf(ranges),
            WhyWithheld = WhyWithheld(network, reservations, []),
            Withheld = () => Withheld(network, reservations, []),
        };
    }

    private static IReadOnlyList<IReadOnlyList<AddressInterval>> ListsOf(IReadOnlyList<WantedRange> ranges) =>
        [.. ranges.GroupBy(r => r.List).OrderBy(l => l.Key).Select(l => (IReadOnlyList<AddressInterval>)[.. l.Select(r => r.Part)])];

    private static IReadOnlyCollection<IPAddress> Withheld(NetworkView network, ReservationSet reservations, List<ReservationView> own) =>
        [.. network.Withheld, .. reservations.All.Where(r => r.Network == network.Name && !own.Contains(r)).SelectMany(r => r.Addresses)];

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
