using System.Net;
using System.Net.Sockets;

namespace Weft.NetDaemon.Ipam;

/// <summary>What is asked of the allocator for one interface, and what it must leave alone.</summary>
internal sealed record AddressWish
{
    /// <summary>Any address of each family.</summary>
    public static readonly AddressWish Any = new();

    /// <summary>Addresses asked for by name, at most one of each family; such a one need not have cooled down.</summary>
    public IReadOnlyList<IPAddress> Wanted { get; init; } = [];

    /// <summary>Whose address it is: the same owner gets the same one again for a while. Null: nobody's in particular.</summary>
    public string? Owner { get; init; }

    /// <summary>Where addresses must be from; only families that occur here get one. Empty: anywhere, and each family.</summary>
    public IReadOnlyList<AddressInterval> Within { get; init; } = [];

    /// <summary>Why an address must not be given here ("is reserved for ..."), or null when it may. Null: none is withheld.</summary>
    public Func<IPAddress, string?>? WhyWithheld { get; init; }

    /// <summary>Whether every address of a family may be given: then nothing needs to be asked address by address.</summary>
    public bool IsOpen => WhyWithheld is null && Within.Count == 0;

    public bool Wants(AddressFamily family) => Within.Count == 0 || Within.Any(w => w.Family == family);

    public bool IsWithin(IPAddress address) =>
        !Within.Any(w => w.Family == address.AddressFamily) || Within.Any(w => w.Contains(address));

    public bool Allows(IPAddress address) => (Within.Count == 0 || IsWithin(address)) && WhyWithheld?.Invoke(address) is null;
}
