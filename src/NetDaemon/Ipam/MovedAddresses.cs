using System.Net;
using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Ipam;

/// <summary>Which addresses live on a node that does not have their block, as the store has it. Holds no state; thread-safe.</summary>
internal sealed class MovedAddresses(IStore store, uint node)
{
    /// <summary>Most moved addresses of one network: each is a route, and two elements of sets, on every other node.</summary>
    public const int MostOfNetwork = 256;

    /// <summary>Addresses that live on this node.</summary>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task<IReadOnlyList<(string Network, IPAddress Address)>> ListOwnAsync(CancellationToken cancellationToken) =>
    [
        .. (await store.RangeAsync(StoreKeys.Moved, cancellationToken)).Entries.Select(TryRead).OfType<MovedAddress>()
            .Where(m => m.Owner == node).Select(m => (m.Network, IPAddress.Parse(m.Address))),
    ];

    /// <summary>Has other nodes send an address's packets here from now on, wherever they sent them before.</summary>
    /// <param name="network">The Weft Network.</param>
    /// <param name="address">The address.</param>
    /// <param name="reservation">The reservation that lets it move: it is to be in force still.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>False when so many of the network are moved that no more may be.</returns>
    /// <exception cref="StoreException">The store did not answer, or the reservation is not there any more.</exception>
    public async Task<bool> TakeAsync(string network, IPAddress address, string reservation, CancellationToken cancellationToken)
    {
        string key = StoreKeys.MovedAddress(network, address.ToString());
        while (true)
        {
            StoreEntry? reserved = await store.GetAsync(StoreKeys.Reservation(reservation), cancellationToken);
            if (reserved is null)
            {
                throw new StoreException($"Reservation \"{reservation}\" has just been deleted") { NextStep = "try again" };
            }
            StoreEntry? present = await store.GetAsync(key, cancellationToken);
            if (present is null && (await store.RangeAsync(StoreKeys.MovedOf(network), cancellationToken)).Entries.Count >= MostOfNetwork)
            {
                return false;
            }
            var moved = new MovedAddress
            {
                Network = network,
                Address = address.ToString(),
                Owner = node,
                Epoch = (present is null ? 0 : TryRead(present)?.Epoch ?? 0) + 1,
                Reservation = reservation,
            };
            StoreTxn txn = new StoreTxn().If(reserved.Key, reserved.ModRevision).If(key, present?.ModRevision ?? 0).Put(key, moved.ToByteArray());
            if ((await store.TxnAsync(txn, cancellationToken)).Succeeded)
            {
                return true;
            }
        }
    }

    /// <summary>Has a store that lost its data know again that an address lives here, unless it knows another node for it.</summary>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task PutBackAsync(string network, IPAddress address, CancellationToken cancellationToken)
    {
        string key = StoreKeys.MovedAddress(network, address.ToString());
        if (await store.GetAsync(key, cancellationToken) is not null)
        {
            return;     // whose it is, the next look at the store tells
        }
        StoreEntry? reserved = (await store.RangeAsync(StoreKeys.Reservations, cancellationToken)).Entries.FirstOrDefault(e => Reserves(e, network, address));
        if (reserved is not null)
        {
            var moved = new MovedAddress { Network = network, Address = address.ToString(), Owner = node, Epoch = 1, Reservation = reserved.Key[StoreKeys.Reservations.Length..] };
            await store.TxnAsync(new StoreTxn().If(reserved.Key, reserved.ModRevision).IfAbsent(key).Put(key, moved.ToByteArray()), cancellationToken);
        }
    }

    /// <summary>Has an address's packets go to its block's node again, which this node is.</summary>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task BringHomeAsync(string network, IPAddress address, CancellationToken cancellationToken)
    {
        string key = StoreKeys.MovedAddress(network, address.ToString());
        while (await store.GetAsync(key, cancellationToken) is { } entry
            && !(await store.TxnAsync(new StoreTxn().If(key, entry.ModRevision).Delete(key), cancellationToken)).Succeeded)
        {
            // It has moved meanwhile: it comes home from there.
        }
    }

    /// <summary>Gives an address back that nobody here has any more, if it is still here.</summary>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task ReturnAsync(string network, IPAddress address, CancellationToken cancellationToken)
    {
        string key = StoreKeys.MovedAddress(network, address.ToString());
        if (await store.GetAsync(key, cancellationToken) is { } entry && TryRead(entry)?.Owner == node)
        {
            await store.TxnAsync(new StoreTxn().If(key, entry.ModRevision).Delete(key), cancellationToken);
        }
    }

    /// <summary>The node that an address is on, by its key; null: on its block's.</summary>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task<uint?> OwnerOfAsync(string network, IPAddress address, CancellationToken cancellationToken) =>
        await store.GetAsync(StoreKeys.MovedAddress(network, address.ToString()), cancellationToken) is { } entry ? TryRead(entry)?.Owner ?? 0 : null;

    private static bool Reserves(StoreEntry entry, string network, IPAddress address)
    {
        try
        {
            Reservation reservation = Reservation.Parser.ParseFrom(entry.Value.Span);
            return reservation.Network == network && reservation.Addresses.Contains(address.ToString());
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }

    /// <summary>What a key holds; null when that is not the address that it is named for.</summary>
    internal static MovedAddress? TryRead(StoreEntry entry)
    {
        try
        {
            MovedAddress moved = MovedAddress.Parser.ParseFrom(entry.Value.Span);
            return AddressNumber.TryParse(moved.Address, out _) && entry.Key == StoreKeys.MovedAddress(moved.Network, moved.Address) ? moved : null;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
