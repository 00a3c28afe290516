using System.Net;
using System.Runtime.ExceptionServices;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Ipam;

internal sealed partial class AddressAllocator
{
    /// <summary>Takes one address; null, or the refusal.</summary>
    private async ValueTask<AllocationOutcome?> TakeAnyAsync(AddressShare share, CancellationToken cancellationToken)
    {
        share.Given = TryTakeFormer(share.Pools, share.Wish) ?? await TryTakeNextAsync(share.Pools, share.Wish, cancellationToken);
        return share.Given is null ? WhyExhausted(share) : null;
    }

    private AllocationOutcome.Exhausted WhyExhausted(AddressShare share)
    {
        AddressWish wish = share.Wish;
        lock (_lock)
        {
            DateTimeOffset now = Now;
            // A pool outside of the ranges says nothing about why they have none.
            List<NodePool> states = [.. share.Pools.Select(PoolOf).Where(s => wish.Lists.Count == 0 || wish.Within.Any(w => w.Overlaps(s.Layout.Cidr)))];
            Func<IPAddress, bool>? within = wish.Lists.Count == 0 ? null : wish.IsWithin;
            return new AllocationOutcome.Exhausted(
                share.Family,
                [.. states.Select(s => s.Usage(now, wish.Withheld(), within))],
                states.Min(s => s.NextFree(now, wish.IsOpen ? null : wish.Allows)),
                wish.Within);
        }
    }

    /// <summary>Takes the address that the owner had last, if that was not long ago and nobody has it: it need not have cooled down,
    /// for the flows of it were the same endpoint's.</summary>
    private AllocatedAddress? TryTakeFormer(IReadOnlyList<PoolLayout> pools, AddressWish wish)
    {
        if (wish.Owner is null || _keepFor == TimeSpan.Zero)
        {
            return null;
        }
        lock (_lock)
        {
            DateTimeOffset since = Now - _keepFor;
            (PoolLayout Pool, (IPAddress Address, DateTimeOffset ReleasedAt) Found)? former = null;
            foreach (PoolLayout layout in pools)
            {
                if (PoolOf(layout).FormerOf(wish.Owner, since, wish.Allows) is { } found && (former is null || found.ReleasedAt > former.Value.Found.ReleasedAt))
                {
                    former = (layout, found);
                }
            }
            return former is { } best && PoolOf(best.Pool).BlockOf(best.Found.Address)!.TryTake(best.Found.Address)
                ? new AllocatedAddress(best.Found.Address, best.Pool.Name, best.Pool.Cidr)
                : null;
        }
    }

    /// <summary>Takes the address whose turn it is. One that its former owner may come back for is the last to be given to others.</summary>
    private async Task<AllocatedAddress?> TryTakeNextAsync(IReadOnlyList<PoolLayout> pools, AddressWish wish, CancellationToken cancellationToken)
    {
        try
        {
            // A pool that had no unclaimed block a moment ago is passed over, so that ADD need not ask the store each time;
            // before a refusal it is asked after all.
            AllocatedAddress? address = await TryTakeAnyAsync(pools, wish, trustAllClaimed: true, cancellationToken)
                ?? await TryTakeAnyAsync(pools, wish, trustAllClaimed: false, cancellationToken);
            if (address is not null)
            {
                return address;
            }
        }
        catch (StoreException) when (TryTakeKept(pools, wish) is { } kept)
        {
            return kept;
        }
        return TryTakeKept(pools, wish);
    }

    private async ValueTask<AllocatedAddress?> TryTakeAnyAsync(
        IReadOnlyList<PoolLayout> pools, AddressWish wish, bool trustAllClaimed, CancellationToken cancellationToken)
    {
        StoreException? failure = null;
        foreach (PoolLayout layout in pools)
        {
            try
            {
                IPAddress? address = TryTakeOwn(layout, wish, trustAllClaimed, out bool mayClaim);
                if (address is null && mayClaim)
                {
                    address = await TakeFromNewBlockAsync(layout, wish, cancellationToken);
                }
                if (address is not null)
                {
                    return new AllocatedAddress(address, layout.Name, layout.Cidr);
                }
            }
            catch (StoreException e)
            {
                failure ??= e;   // the next pool's blocks may be this node's already
            }
        }
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
        return null;
    }

    private AllocatedAddress? TryTakeKept(IReadOnlyList<PoolLayout> pools, AddressWish wish)
    {
        lock (_lock)
        {
            foreach (PoolLayout layout in pools)
            {
                if (PoolOf(layout).TryTake(Turn(wish) with { KeptSince = null }) is { } address)
                {
                    return new AllocatedAddress(address, layout.Name, layout.Cidr);
                }
            }
            return null;
        }
    }

    private BlockTurn Turn(AddressWish wish)
    {
        DateTimeOffset now = Now;
        return new BlockTurn(now, wish.IsOpen ? null : wish.Allows, _keepFor == TimeSpan.Zero ? null : now - _keepFor);
    }

    private IPAddress? TryTakeOwn(PoolLayout layout, AddressWish wish, bool trustAllClaimed, out bool mayClaim)
    {
        lock (_lock)
        {
            NodePool pool = PoolOf(layout);
            DateTimeOffset now = Now;
            mayClaim = (!trustAllClaimed || pool.AllClaimedAt is not { } since || now - since >= AllClaimedFor)
                && (wish.Lists.Count == 0 || wish.Within.Any(w => w.Overlaps(layout.Cidr)));
            return pool.TryTake(Turn(wish));
        }
    }

    /// <summary>Claims blocks until one has an address; null when none is left to claim.</summary>
    private async Task<IPAddress?> TakeFromNewBlockAsync(PoolLayout layout, AddressWish wish, CancellationToken cancellationToken)
    {
        await _claiming.WaitAsync(cancellationToken);
        try
        {
            while (true)
            {
                IReadOnlyCollection<Cidr> known;
                lock (_lock)
                {
                    // Another ADD may have claimed a block while this one waited.
                    NodePool pool = PoolOf(layout);
                    if (pool.TryTake(Turn(wish)) is { } address)
                    {
                        return address;
                    }
                    known = pool.Blocks;
                }
                if (!await ClaimNextAsync(layout, known, wish.Within, wish.Lists.Count == 0, cancellationToken))
                {
                    return null;
                }
            }
        }
        finally
        {
            _claiming.Release();
        }
    }

    /// <summary>Claims one more block. With <see cref="_claiming"/> entered.</summary>
    /// <returns>False when none is left.</returns>
    private async Task<bool> ClaimNextAsync(
        PoolLayout layout, IReadOnlyCollection<Cidr> known, IReadOnlyList<AddressInterval> within, bool ofAll, CancellationToken cancellationToken)
    {
        OwnedBlock? block;
        try
        {
            block = await _claims.ClaimLowestAsync(layout, known, cancellationToken, within);
        }
        catch (StoreException)
        {
            _mayOwnMore = true;
            throw;
        }
        lock (_lock)
        {
            NodePool pool = PoolOf(layout);
            if (ofAll)
            {
                pool.AllClaimedAt = block is null ? Now : null;
            }
            if (block is not null)
            {
                AddBlock(pool, block);
            }
        }
        return block is not null;
    }

    /// <summary>Takes an address asked for by name; null, or the refusal.</summary>
    private async ValueTask<AllocationOutcome?> TakeWantedAsync(
        string network, List<PoolLayout> pools, IPAddress address, AddressWish wish, AddressShares shares, CancellationToken cancellationToken)
    {
        if (pools.Find(p => p.Cidr.Contains(address)) is not { } layout)
        {
            string ranges = pools.Count == 0 ? "it has none" : string.Join(", ", pools.Select(p => $"{p.Name} {p.Cidr}"));
            return Refuse(WantedProblem.InNoPool, $"address {address} is in no pool of network {network} ({ranges})");
        }
        if (layout.IsReserved(address))
        {
            return Refuse(WantedProblem.Reserved, $"address {address} is the first or last of pool {layout.Name} ({layout.Cidr}), which no container gets");
        }
        if (!wish.IsWithin(address))
        {
            return Refuse(WantedProblem.OutsideRanges, $"address {address} is outside the configuration's ranges ({string.Join(", ", wish.Within)})");
        }
        if (shares.For(address) is not { } share)
        {
            string others = string.Join(" and ", shares.Given.Select(g => g.Address).Where(a => a.AddressFamily == address.AddressFamily));
            return Refuse(WantedProblem.SecondOfFamily, $"address {address} was asked for besides {others}; an interface gets one "
                + (wish.Lists.Count == 0 ? "of each family" : "from each list of ranges"));
        }
        if (wish.WhyWithheld?.Invoke(address) is { } why)
        {
            return Refuse(WantedProblem.Withheld, $"address {address} {why}");
        }
        bool? got = TryTakeOwn(layout, address);
        if (got is null)
        {
            OwnedBlock? block = await ClaimBlockOfAsync(layout, address, cancellationToken);
            if (block is null)
            {
                return Refuse(WantedProblem.InNoPool, $"address {address} is in pool {layout.Name}, which has been deleted");
            }
            if (block.Owner != _claims.NodeNumber && block.Owner != 0 && _moved is not null && wish.MayMove?.Invoke(address) is { } reservation)
            {
                if (await MoveHereAsync(network, address, reservation, cancellationToken) is { } problem)
                {
                    return Refuse(problem, problem == WantedProblem.InUse ? InUse()
                        : $"address {address} is in block {block.Cidr} of pool {layout.Name}, which {WhoseBlock(block)}, and {MovedAddresses.MostOfNetwork} addresses of network {network} live away from their blocks already");
                }
                shares.Give(share, new AllocatedAddress(address, layout.Name, layout.Cidr) { IsMoved = true });
                return null;
            }
            if (block.Owner != _claims.NodeNumber)
            {
                return Refuse(WantedProblem.OnOtherNode, $"address {address} is in block {block.Cidr} of pool {layout.Name}, which {WhoseBlock(block)}");
            }
            got = TryTakeOwn(layout, address);
        }
        if (got != true)
        {
            return Refuse(WantedProblem.InUse, InUse());
        }
        if (_moved is not null && wish.MayMove?.Invoke(address) is not null)
        {
            try
            {
                await _moved.BringHomeAsync(network, address, cancellationToken);
            }
            catch
            {
                ReturnUnused(network, [address]);
                throw;
            }
        }
        shares.Give(share, new AllocatedAddress(address, layout.Name, layout.Cidr));
        return null;

        string InUse()
        {
            AttachmentRecord? holder = _ledger.FindByAddress(network, address);
            return $"address {address} of pool {layout.Name} is in use by "
                + (holder is null ? "a container that is being attached" : $"{holder.EndpointNamespace}/{holder.EndpointName} (container {holder.Key.ContainerId}, {holder.Key.InterfaceName})");
        }

        AllocationOutcome.WantedUnavailable Refuse(WantedProblem reason, string message) => new(address, reason, message);
    }

    /// <summary>Whether the address could be taken; null when its block is not this node's.</summary>
    /// <exception cref="StoreException">The block is not known for certain to be this node's.</exception>
    private bool? TryTakeOwn(PoolLayout layout, IPAddress address)
    {
        lock (_lock)
        {
            NodePool pool = PoolOf(layout);
            return pool.BlockOf(address) is { } block
                ? pool.IsConfirmed(address) ? block.TryTake(address) : throw NotConfirmed($"the block {block.Block} of pool {layout.Name}")
                : null;
        }
    }

    private async Task<OwnedBlock?> ClaimBlockOfAsync(PoolLayout layout, IPAddress address, CancellationToken cancellationToken)
    {
        await _claiming.WaitAsync(cancellationToken);
        try
        {
            OwnedBlock? block;
            try
            {
                block = await _claims.ClaimAsync(layout, Cidr.Containing(address, layout.BlockSize), cancellationToken);
            }
            catch (StoreException)
            {
                _mayOwnMore = true;
                throw;
            }
            if (block?.Owner == _claims.NodeNumber)
            {
                lock (_lock)
                {
                    AddBlock(PoolOf(layout), block);
                }
            }
            return block;
        }
        finally
        {
            _claiming.Release();
        }
    }
}
