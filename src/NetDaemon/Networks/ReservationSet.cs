using System.Net;

namespace Weft.NetDaemon.Networks;

/// <summary>All reservations at one moment. Immutable.</summary>
internal sealed class ReservationSet
{
    public static readonly ReservationSet Empty = new([]);

    private readonly Dictionary<(string Network, IPAddress Address), ReservationView> _byAddress = [];
    private readonly ILookup<(string Network, string Holder), ReservationView> _byHolder;

    public ReservationSet(IEnumerable<ReservationView> reservations)
    {
        All = [.. reservations];
        foreach (ReservationView reservation in All)
        {
            foreach (IPAddress address in reservation.Addresses)
            {
                _byAddress.TryAdd((reservation.Network, address), reservation);
            }
        }
        _byHolder = All.ToLookup(r => (r.Network, HolderKey(r)));
    }

    public IReadOnlyList<ReservationView> All { get; }

    /// <summary>Whether another plugin's container has an address of a range.</summary>
    public bool HasImported(Cidr range) => All.Any(r => r.Stored.ImportedFrom.Length > 0 && r.Addresses.Any(range.Contains));

    public bool HasAny(string network) => All.Any(r => r.Network == network);

    /// <summary>All addresses of a network that are reserved.</summary>
    public IEnumerable<IPAddress> AddressesOf(string network) => All.Where(r => r.Network == network).SelectMany(r => r.Addresses);

    /// <summary>The reservation of an address, or null.</summary>
    public ReservationView? Of(string network, IPAddress address) => _byAddress.GetValueOrDefault((network, address));

    /// <summary>The reservations of a network that are for an interface.</summary>
    public IReadOnlyList<ReservationView> For(string network, string endpointNamespace, string endpointName, string containerId, string interfaceName) =>
    [
        .. _byHolder[(network, EndpointKey(endpointNamespace, endpointName))]
            .Concat(_byHolder[(network, containerId)])
            .Where(r => r.IsFor(endpointNamespace, endpointName, containerId, interfaceName)),
    ];

    private static string HolderKey(ReservationView reservation) => reservation.Stored.ContainerId.Length > 0
        ? reservation.Stored.ContainerId
        : EndpointKey(reservation.Stored.Namespace, reservation.Stored.EndpointName);

    private static string EndpointKey(string endpointNamespace, string name) => $"{endpointNamespace}/{name}";
}
