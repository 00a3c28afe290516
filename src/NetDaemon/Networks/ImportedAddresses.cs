using System.Collections.Concurrent;
using Weft.NetDaemon.Api;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Store;
using AttachmentKey = Weft.NetDaemon.Attachments.AttachmentKey;
using RefusalReason = Weft.Contracts.Cni.RefusalReason;

namespace Weft.NetDaemon.Networks;

/// <summary>
/// What imports hold for another plugin's containers, and how it ends: by DEL, by GC, with a reboot, and once Weft itself has attached the container, for
/// then the attachment has its address. Thread-safe. The store remembers what was freed, so that a repeated import does not hold it again.
/// </summary>
internal sealed class ImportedAddresses(ResourceStore resources, NetworkCatalog catalog, string node, ILogger<ImportedAddresses> logger)
{
    private readonly ConcurrentDictionary<AttachmentKey, bool> _owed = [];   // to be freed when the store answers again

    /// <summary>A container of an import is gone: its addresses are free. Cheap when there is no such import.</summary>
    /// <exception cref="RefusedException">The store did not answer; it may be repeated.</exception>
    public async Task ReleaseAsync(AttachmentKey key)
    {
        await ReleaseAsync((import, containerId, interfaceName) => IsOf(key, import, containerId, interfaceName));
        _owed.TryRemove(key, out _);
    }

    /// <summary>The same, but never throws: what cannot be freed now is freed by a later <see cref="SettleAsync()"/>.</summary>
    public async Task SettleAsync(AttachmentKey key)
    {
        try
        {
            await ReleaseAsync(key);
        }
        catch (RefusedException e)
        {
            if (_owed.TryAdd(key, true))
            {
                NetworkLog.ImportedNotReleased(logger, key.ToString(), e.Message);
            }
        }
    }

    /// <summary>Frees what could not be freed when it should have been.</summary>
    public async Task SettleAsync()
    {
        foreach (AttachmentKey key in _owed.Keys)
        {
            await SettleAsync(key);
        }
    }

    /// <summary>Frees what the import of a configuration's name holds for containers that are not valid any more.</summary>
    /// <returns>How many addresses.</returns>
    /// <exception cref="RefusedException">The store did not answer; it may be repeated.</exception>
    public Task<int> ReleaseExceptAsync(string configuration, IReadOnlySet<(string ContainerId, string InterfaceName)> valid) => ReleaseAsync(
        (import, containerId, interfaceName) => import == configuration
            && !(interfaceName.Length == 0 ? valid.Any(v => v.ContainerId == containerId) : valid.Contains((containerId, interfaceName))));

    /// <summary>At start: frees what was imported before the node was booted, for no container outlived that.</summary>
    /// <param name="bootId">Of now.</param>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public async Task ReleaseEarlierBootsAsync(string bootId)
    {
        if (catalog.Current.Reservations.All.Any(r => r.Stored.ImportedFrom.Length > 0)
            && await resources.ReleaseImportedAsync(node, (import, _) => import.BootId.Length > 0 && import.BootId != bootId, CancellationToken.None) is > 0 and int freed)
        {
            NetworkLog.ImportedReleased(logger, freed);
        }
    }

    // Old files of host-local name no interface: then the configuration's name must be the import's.
    private static bool IsOf(AttachmentKey key, string import, string containerId, string interfaceName) =>
        containerId == key.ContainerId && (interfaceName.Length == 0 ? import == key.Network : interfaceName == key.InterfaceName);

    private async Task<int> ReleaseAsync(Func<string, string, string, bool> isGone)
    {
        if (!catalog.Current.Reservations.All.Any(r => r.Stored.ImportedFrom.Length > 0
            && isGone(r.Stored.ImportedFrom, r.Stored.ContainerId, r.Stored.InterfaceName)))
        {
            return 0;
        }
        try
        {
            int freed = await resources.ReleaseImportedAsync(
                node, (import, held) => isGone(import.Name, held.ContainerId, held.InterfaceName), CancellationToken.None);
            NetworkLog.ImportedReleased(logger, freed);
            return freed;
        }
        catch (ResourceException e)
        {
            throw new RefusedException(RefusalReason.StoreFailed, e.Message, "try again", e);
        }
        catch (StoreException e)
        {
            throw new RefusedException(RefusalReason.StoreFailed, e.Message, e.NextStep, e);
        }
    }
}
