using System.Net;
using System.Net.Sockets;

namespace Weft.NetDaemon.Ipam;

/// <summary>Addresses of one family from a first to a last one, both included.</summary>
internal readonly record struct AddressInterval
{
    private AddressInterval(AddressFamily family, UInt128 first, UInt128 last) => (Family, First, Last) = (family, first, last);

    public AddressFamily Family { get; }

    /// <summary>As numbers, host byte order.</summary>
    public UInt128 First { get; }

    /// <inheritdoc cref="First"/>
    public UInt128 Last { get; }

    /// <exception cref="ArgumentException">The addresses are of two families, or the last is below the first.</exception>
    public static AddressInterval Create(IPAddress first, IPAddress last)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(last);
        (UInt128 low, UInt128 high) = (AddressNumber.Of(first), AddressNumber.Of(last));
        return first.AddressFamily == last.AddressFamily && low <= high
            ? new AddressInterval(first.AddressFamily, low, high)
            : throw new ArgumentException($"{first} to {last} is no range", nameof(last));
    }

    public bool Contains(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.AddressFamily == Family && AddressNumber.Of(address) is var number && number >= First && number <= Last;
    }

    public bool Overlaps(Cidr range) =>
        range.Family == Family && First <= range.Network + range.LastOffset && Last >= range.Network;

    public override string ToString() => $"{AddressNumber.ToAddress(Family, First)} to {AddressNumber.ToAddress(Family, Last)}";
}
