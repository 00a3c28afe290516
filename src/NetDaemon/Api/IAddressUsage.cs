using System.Net;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Api;

/// <summary>What the address manager of this node knows about blocks, for listing them and for deleting pools. Thread-safe.</summary>
internal interface IAddressUsage
{
    /// <summary>A block's counts, or null when this node does not own it and so does not know.</summary>
    /// <param name="pool">Pool's name.</param>
    /// <param name="cidr">The block, as its record spells it.</param>
    AddressCounts? OfBlock(string pool, string cidr);

    /// <summary>Who has an address of a network, attached or being attached, or null.</summary>
    /// <exception cref="StoreException">The node's own records could not be read.</exception>
    AddressHolder? HolderOf(string network, IPAddress address);

    /// <summary>Runs a change while nobody takes or gives back an address. It must not ask for a pool to be given up.</summary>
    Task<T> WhileStillAsync<T>(Func<Task<T>> change, CancellationToken cancellationToken);

    /// <summary>Takes in what the store says of networks, pools and reservations now, before the change is answered.</summary>
    /// <exception cref="StoreException">The store did not answer.</exception>
    Task RefreshAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Gives up this node's blocks of a pool that is being deleted, records and all. False, and nothing done, while any of its
    /// addresses is in use. True also when this node has no block of it.
    /// </summary>
    /// <exception cref="StoreException">The store did not answer.</exception>
    Task<bool> TryGiveUpPoolAsync(string pool, CancellationToken cancellationToken);
}
