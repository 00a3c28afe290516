using System.Globalization;
using Weft.Contracts.V1;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Api;

internal sealed partial class ResourceStore
{
    /// <summary>A reservation by which an address lives away from its block stays as it is: without it, the block's node would give the address to somebody else.</summary>
    /// <param name="changing">Reservations that a change takes away or makes different.</param>
    /// <param name="txn">The change: it is done only if none is moved meanwhile. Null: it is not done.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <exception cref="ResourceException">An address of one is moved.</exception>
    /// <exception cref="StoreException">The store did not answer.</exception>
    private async Task RequireNotMovedAsync(IEnumerable<Reservation> changing, StoreTxn? txn, CancellationToken cancellationToken)
    {
        foreach (Reservation reservation in changing)
        {
            foreach (string address in reservation.Addresses)
            {
                string key = StoreKeys.MovedAddress(reservation.Network, address);
                if (await store.GetAsync(key, cancellationToken) is { } entry)
                {
                    uint owner = MovedAddresses.TryRead(entry)?.Owner ?? 0;
                    string node = await store.GetAsync(StoreKeys.NodeNumber(owner), cancellationToken) is { } name
                        ? NumberHolder.Of(name).Name
                        : owner.ToString(CultureInfo.InvariantCulture);
                    throw new ResourceException(
                        RefusalReason.InUse, $"Reservation \"{reservation.Name}\": its address {address} lives on node {node}, away from its block; stop the container there first");
                }
                // etcd takes no more conditions than operations.
                if (txn is not null && txn.Conditions.Count < StoreTxnRules.MaximumOperations - 2)
                {
                    txn.IfAbsent(key);
                }
            }
        }
    }
}
