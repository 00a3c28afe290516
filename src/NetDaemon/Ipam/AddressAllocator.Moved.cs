using System.Net;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Ipam;

/// <content>Addresses that live here although their block is another node's.</content>
internal sealed partial class AddressAllocator
{
    // Whether an attachment has it; one that none has is given back when the store is there. Under the lock.
    private readonly Dictionary<(string Network, IPAddress Address), bool> _guests = [];

    /// <summary>Gives back moved addresses that no attachment has any more, and finds those that have moved on from here: they become conflicts.</summary>
    /// <param name="alsoUsed">Whether to look for the latter: each is a question to the store.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task KeepMovedAsync(bool alsoUsed, CancellationToken cancellationToken)
    {
        if (_moved is not { } moved)
        {
            return;
        }
        await _claiming.WaitAsync(cancellationToken);
        try
        {
            List<(string Network, IPAddress Address)> used;
            List<(string Network, IPAddress Address)> unused;
            lock (_lock)
            {
                used = [.. _guests.Where(g => g.Value && alsoUsed).Select(g => g.Key)];
                unused = [.. _guests.Where(g => !g.Value).Select(g => g.Key)];
            }
            foreach ((string Network, IPAddress Address) guest in unused)
            {
                await moved.ReturnAsync(guest.Network, guest.Address, cancellationToken);
                lock (_lock)
                {
                    _guests.Remove(guest);
                }
            }
            foreach ((string Network, IPAddress Address) guest in used)
            {
                uint? owner = await moved.OwnerOfAsync(guest.Network, guest.Address, cancellationToken);
                if (owner != _claims.NodeNumber)
                {
                    MovedOn(guest, owner is null ? "it has gone home to its block's node" : $"it has moved on to node {owner}");
                }
            }
        }
        finally
        {
            _claiming.Release();
        }
    }

    private void MovedOn((string Network, IPAddress Address) guest, string why)
    {
        lock (_lock)
        {
            if (_guests.Remove(guest, out bool used) && used)
            {
                _strays[guest] = default;
                _conflicts.RemoveAll(c => c.Network == guest.Network && c.Address.Equals(guest.Address));
                _conflicts.Add(new ConflictingAddress(guest.Network, guest.Address, why));
            }
        }
    }

    /// <summary>Has an address of another node's block come here. Null when it may not.</summary>
    /// <returns>Whether it could be taken, and why not.</returns>
    private async Task<WantedProblem?> MoveHereAsync(string network, IPAddress address, string reservation, CancellationToken cancellationToken)
    {
        await _claiming.WaitAsync(cancellationToken);
        try
        {
            lock (_lock)
            {
                if (_guests.GetValueOrDefault((network, address)) || (_strays.TryGetValue((network, address), out Stray stray) && stray.ReleasedAt is null))
                {
                    return WantedProblem.InUse;
                }
                // First, so that it is given back if nothing comes of it.
                _guests[(network, address)] = false;
            }
            if (!await _moved!.TakeAsync(network, address, reservation, cancellationToken))
            {
                return WantedProblem.TooManyMoved;
            }
            lock (_lock)
            {
                _guests[(network, address)] = true;
                _strays.Remove((network, address));
            }
            return null;
        }
        finally
        {
            _claiming.Release();
        }
    }

    /// <summary>An attachment does not have it any more. Under the lock.</summary>
    /// <returns>False when it is no moved one.</returns>
    private bool ReleaseGuest(string network, IPAddress address)
    {
        if (!_guests.ContainsKey((network, address)))
        {
            return false;
        }
        _guests[(network, address)] = false;
        return true;
    }

    private async Task FindGuestsAsync(CancellationToken cancellationToken)
    {
        if (_moved is not { } moved)
        {
            return;
        }
        foreach ((string Network, IPAddress Address) own in await moved.ListOwnAsync(cancellationToken))
        {
            _guests[own] = false;
        }
    }
}
