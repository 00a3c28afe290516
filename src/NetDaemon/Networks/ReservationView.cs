using System.Net;
using Weft.Contracts.V1;
using Weft.Dataplane.Route;

namespace Weft.NetDaemon.Networks;

/// <summary>A stored reservation, read once.</summary>
/// <param name="Stored">The object as it is stored and listed.</param>
/// <param name="Addresses">What it reserves.</param>
/// <param name="Mac">The MAC that goes with them, or null: any.</param>
internal sealed record ReservationView(Reservation Stored, IReadOnlyList<IPAddress> Addresses, MacAddress? Mac)
{
    public string Name => Stored.Name;

    public string Network => Stored.Network;

    /// <summary>Who has it, for messages: "shop/web" or "container c1 (eth0)".</summary>
    public string Holder => HolderOf(Stored);

    /// <inheritdoc cref="Holder"/>
    public static string HolderOf(Reservation reservation) => reservation.ContainerId.Length == 0
        ? $"{reservation.Namespace}/{reservation.EndpointName}"
        : $"container {reservation.ContainerId}{(reservation.InterfaceName.Length == 0 ? "" : $" ({reservation.InterfaceName})")}";

    /// <summary>Whether an interface is the one that it is for, on whatever network.</summary>
    public bool IsFor(string endpointNamespace, string endpointName, string containerId, string interfaceName) => Stored.ContainerId.Length == 0
        ? Stored.Namespace == endpointNamespace && Stored.EndpointName == endpointName
        : Stored.ContainerId == containerId && (Stored.InterfaceName.Length == 0 || Stored.InterfaceName == interfaceName);

    /// <exception cref="FormatException">An address or the MAC cannot be read.</exception>
    public static ReservationView Of(Reservation stored) => new(
        stored,
        [.. stored.Addresses.Select(a => AddressNumber.TryParse(a, out IPAddress? address) ? address : throw new FormatException($"\"{a}\" is no address"))],
        stored.Mac.Length == 0 ? null : MacAddress.Parse(stored.Mac));

    /// <summary>The reservations that an import stands for, one an address. Their names follow from the addresses.</summary>
    public static IEnumerable<Reservation> Of(AddressImport import) => import.Addresses.Select(held => new Reservation
    {
        Name = ImportedName(held.Address),
        Network = import.Network,
        ContainerId = held.ContainerId,
        InterfaceName = held.InterfaceName,
        Addresses = { held.Address },
        ImportedFrom = import.Name,
    });

    // IPv6 in full: its short forms have colons at the ends, where a name may have no "-".
    private static string ImportedName(string address) => "imported-" + (address.Contains(':', StringComparison.Ordinal)
        ? Convert.ToHexStringLower(IPAddress.Parse(address).GetAddressBytes())
        : address.Replace('.', '-'));
}
