using System.Net;
using System.Net.Sockets;

namespace Weft.NetDaemon.Ipam;

/// <summary>The addresses that an interface is to get: one of each family, or one from each list, or just those that it asks for. Not thread-safe.</summary>
internal sealed class AddressShares
{
    private readonly List<AddressShare> _shares;
    private readonly bool _exact;

    private AddressShares(List<AddressShare> shares, bool exact) => (_shares, _exact) = (shares, exact);

    /// <summary>What was given last.</summary>
    /// <exception cref="InvalidOperationException">Nothing was given by <see cref="Give"/>.</exception>
    public AllocatedAddress Last { get => field ?? throw new InvalidOperationException("no address was given yet"); private set; }

    /// <summary>Those that have no address yet.</summary>
    public IEnumerable<AddressShare> Open => _shares.Where(s => s.Given is null);

    /// <summary>The addresses so far: IPv4 first, each family in the order of its lists.</summary>
    public IReadOnlyList<AllocatedAddress> Given => [.. _shares.Select(s => s.Given).OfType<AllocatedAddress>().OrderBy(g => g.PoolCidr.Family)];

    /// <param name="wish">What is asked for.</param>
    /// <param name="pools">All pools of the network, in name order.</param>
    public static AddressShares Of(AddressWish wish, IReadOnlyList<PoolLayout> pools)
    {
        IEnumerable<AddressShare> shares = wish.Exact ? []
            : wish.Lists.Count > 0 ? wish.Lists.Where(l => l.Count > 0).Select(l => Share(l[0].Family, wish.From(l)))
            : pools.Select(p => p.Family).Distinct().Select(f => Share(f, wish));
        return new AddressShares([.. shares], wish.Exact);

        AddressShare Share(AddressFamily family, AddressWish own) => new(family, [.. pools.Where(p => p.Family == family)], own);
    }

    /// <summary>What an address that is asked for fills; null when it would be one too many.</summary>
    public AddressShare? For(IPAddress address)
    {
        AddressFamily family = address.AddressFamily;
        return _exact || _shares.TrueForAll(s => s.Family != family)
            ? new AddressShare(family, [], AddressWish.Any)    // of a family that no list restricts, or of no number
            : _shares.Find(s => s.Given is null && s.Family == family && s.Wish.IsWithin(address));
    }

    /// <summary>Fills what <see cref="For"/> found.</summary>
    public void Give(AddressShare share, AllocatedAddress address)
    {
        share.Given = Last = address;
        if (!_shares.Contains(share))
        {
            _shares.Add(share);
        }
    }
}
