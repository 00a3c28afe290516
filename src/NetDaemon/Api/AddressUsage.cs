using System.Net;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Networks;

namespace Weft.NetDaemon.Api;

/// <summary>Answers <see cref="IAddressUsage"/> from the node's allocator, once it has been restored.</summary>
internal sealed class AddressUsage : IAddressUsage
{
    // Pools can be changed before addresses are known: the first start makes some. They have no addresses then.
    private volatile Source? _source;

    public void Serve(AddressAllocator allocator, NetworkCatalog catalog, NodeLock nodeLock) =>
        _source = new Source(allocator, catalog, nodeLock);

    public AddressCounts? OfBlock(string pool, string cidr)
    {
        if (_source is not { } source || source.Catalog.Current.Pools.FirstOrDefault(p => p.Name == pool) is not { } known)
        {
            return null;
        }
        return source.Allocator.Usage([known])
            .SelectMany(u => u.Blocks)
            .Where(b => b.Cidr.ToString() == cidr)
            .Select(b => (AddressCounts?)new AddressCounts((uint)b.Used, (uint)b.Cooling, (uint)b.Size))
            .FirstOrDefault();
    }

    public AddressHolder? HolderOf(string network, IPAddress address) =>
        _source?.Allocator.HolderOf(network, address) is { } record
            ? new AddressHolder(record.EndpointNamespace, record.EndpointName, record.Key.ContainerId, record.Key.InterfaceName)
            : null;

    public async Task<T> WhileStillAsync<T>(Func<Task<T>> change, CancellationToken cancellationToken)
    {
        if (_source is not { } source)
        {
            return await change();
        }
        using (await source.NodeLock.EnterAsync(cancellationToken))
        {
            return await change();
        }
    }

    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        if (_source is { } source)
        {
            await source.Catalog.LoadAsync(cancellationToken);
        }
    }

    public async Task<bool> TryGiveUpPoolAsync(string pool, CancellationToken cancellationToken)
    {
        if (_source is not { } source)
        {
            return true;
        }
        // Nobody may take an address of the pool meanwhile.
        using (await source.NodeLock.EnterAsync(cancellationToken))
        {
            return await source.Allocator.ForgetPoolAsync(pool, cancellationToken);
        }
    }

    private sealed record Source(AddressAllocator Allocator, NetworkCatalog Catalog, NodeLock NodeLock);
}
