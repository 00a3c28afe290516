using System.Net;

namespace Weft.NetDaemon.Ipam;

/// <summary>What is asked of the allocator for one interface, and what it must leave alone.</summary>
internal sealed record AddressWish
{
    /// <summary>Any address of each family.</summary>
    public static readonly AddressWish Any = new();

    /// <summary>Addresses asked for by name, at most one for each that there is to give; such a one need not have cooled down.</summary>
    public IReadOnlyList<IPAddress> Wanted { get; init; } = [];

    /// <summary>Give what is <see cref="Wanted"/> and nothing else, however many of one family.</summary>
    public bool Exact { get; init; }

    /// <summary>Whose address it is: the same owner gets the same one again for a while. Null: nobody's in particular.</summary>
    public string? Owner { get; init; }

    /// <summary>Where addresses must be from: one address from each list, whose ranges are alternatives of one family. Empty: one of each family,
    /// from anywhere.</summary>
    public IReadOnlyList<IReadOnlyList<AddressInterval>> Lists { get; init; } = [];

    /// <summary>The ranges of all lists.</summary>
    public IReadOnlyList<AddressInterval> Within => [.. Lists.SelectMany(list => list)];

    /// <summary>Why an address must not be given here ("is reserved for ..."), or null when it may. Null: none is withheld.</summary>
    public Func<IPAddress, string?>? WhyWithheld { get; init; }

    /// <summary>The name of the reservation by which an address may come here from its block's node, or null when it may not. Null: none may.</summary>
    public Func<IPAddress, string?>? MayMove { get; init; }

    /// <summary>All addresses that <see cref="WhyWithheld"/> has a reason for. Asked only to count them in a refusal.</summary>
    public Func<IReadOnlyCollection<IPAddress>> Withheld { get; init; } = static () => [];

    /// <summary>Whether every address of a family may be given: then nothing needs to be asked address by address.</summary>
    public bool IsOpen => WhyWithheld is null && Lists.Count == 0;

    /// <summary>Whether a list has the address; true for a family that is in none.</summary>
    public bool IsWithin(IPAddress address)
    {
        bool restricted = false;
        foreach (IReadOnlyList<AddressInterval> list in Lists)
        {
            foreach (AddressInterval range in list)
            {
                if (range.Contains(address))
                {
                    return true;
                }
                restricted |= range.Family == address.AddressFamily;
            }
        }
        return !restricted;
    }

    public bool Allows(IPAddress address) => IsWithin(address) && WhyWithheld?.Invoke(address) is null;

    /// <summary>The same, for one address from one list.</summary>
    public AddressWish From(IReadOnlyList<AddressInterval> list) => this with { Lists = [list] };
}
