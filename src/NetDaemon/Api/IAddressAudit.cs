using Weft.Contracts.V1;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Api;

/// <summary>Compares what is known of addresses, and frees what nobody has. Thread-safe.</summary>
internal interface IAddressAudit
{
    /// <summary>What does not agree. Changes nothing.</summary>
    /// <exception cref="StoreException">The store, or the node's own records, could not be read.</exception>
    Task<CheckAddressesReply> CheckAsync(CancellationToken cancellationToken);

    /// <summary>Frees an address that is proven to be leaked.</summary>
    /// <returns>One sentence: what it was.</returns>
    /// <exception cref="ResourceException">It is in no pool, or it is not proven that nobody has it.</exception>
    /// <exception cref="StoreException">The store, or the node's own records, could not be read or written.</exception>
    Task<string> ReleaseAsync(string address, string network, CancellationToken cancellationToken);
}
