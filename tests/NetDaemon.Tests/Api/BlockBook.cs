using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Api;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Tests.Api;

/// <summary>A small address manager: claims blocks in the store and counts the addresses that tests take.</summary>
internal sealed class BlockBook(IStore store) : IAddressUsage
{
    private readonly Dictionary<(string Pool, string Cidr), uint> _used = [];

    public AddressCounts? OfBlock(string pool, string cidr) => _used.TryGetValue((pool, cidr), out uint used) ? new AddressCounts(used, 1, 62) : null;

    /// <summary>Who has which address.</summary>
    public Dictionary<(string Network, string Address), AddressHolder> Holders { get; } = [];

    public AddressHolder? HolderOf(string network, System.Net.IPAddress address) =>
        Holders.TryGetValue((network, address.ToString()), out AddressHolder holder) ? holder : null;

    public Task<T> WhileStillAsync<T>(Func<Task<T>> change, CancellationToken cancellationToken) => change();

    public Task RefreshAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task<bool> TryGiveUpPoolAsync(string pool, CancellationToken cancellationToken)
    {
        if (_used.Any(block => block.Key.Pool == pool && block.Value > 0))
        {
            return false;
        }
        foreach ((string _, string cidr) in _used.Keys.Where(block => block.Pool == pool).ToArray())
        {
            await store.TxnAsync(new StoreTxn().Delete(StoreKeys.Block(pool, cidr)), cancellationToken);
            _used.Remove((pool, cidr));
        }
        return true;
    }

    /// <summary>Claims a block for this node, with addresses in use.</summary>
    public async Task ClaimAsync(string pool, string cidr, uint used)
    {
        await ClaimForOtherAsync(pool, cidr, owner: 1);
        _used[(pool, cidr)] = used;
    }

    /// <summary>Claims a block that this node knows nothing about.</summary>
    public async Task ClaimForOtherAsync(string pool, string cidr, uint owner)
    {
        var block = new Block { Pool = pool, Cidr = cidr, Owner = owner, Epoch = 1, State = BlockState.Active };
        await store.TxnAsync(new StoreTxn().Put(StoreKeys.Block(pool, cidr), block.ToByteArray()), CancellationToken.None);
    }

    public void SetUsed(string pool, string cidr, uint used) => _used[(pool, cidr)] = used;
}
