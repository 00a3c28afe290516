using System.Net;
using Weft.Contracts.Cni;
using Weft.NetDaemon.Api;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Store;
using RefusalReason = Weft.Contracts.Cni.RefusalReason;

namespace Weft.NetDaemon.Networks;

/// <summary>
/// What a CNI configuration brings along: the Network that it was written for, gateways that nobody gets, and what imported
/// containers still hold. Thread-safe; not to be called with the <see cref="NodeLock"/> held.
/// </summary>
internal sealed class NetworkProvision(ResourceStore resources, NetworkCatalog catalog, string node, ILogger<NetworkProvision> logger) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);   // twenty first ADDs make one network

    /// <summary>Brings the kernel in line with networks that are new. Set once, before anybody attaches.</summary>
    public Func<Task> OnChange { get; set; } = () => Task.CompletedTask;

    /// <summary>The ranges that a request restricts its addresses to.</summary>
    /// <exception cref="RefusedException">They make no sense.</exception>
    public static IReadOnlyList<WantedRange> RangesOf(AttachRequest request) =>
        WantedRange.Read(request.Ranges.Count > 0 || request.Template is null ? request.Ranges : request.Template.Ranges);

    /// <summary>Makes the configuration's network unless there is one, and withholds the gateways of its ranges.</summary>
    /// <exception cref="RefusedException">The network cannot be made; nothing was changed.</exception>
    public async Task EnsureAsync(AttachRequest request, IReadOnlyList<WantedRange> ranges)
    {
        string configuration = request.Key.Network;
        bool make = MustMake(request);
        if (!make && !HasNewGateway(request, ranges))
        {
            return;
        }
        await _one.WaitAsync();
        try
        {
            if (MustMake(request))
            {
                await MakeAsync(configuration, request.Template);
            }
            else if (HasNewGateway(request, ranges) && catalog.Current.Resolve(request.WeftNetwork, configuration) is { } network)
            {
                await resources.WithholdAsync(network.Name, [.. ranges.Select(r => r.Gateway).OfType<IPAddress>()], CancellationToken.None);
                await catalog.LoadAsync(CancellationToken.None);
            }
        }
        catch (ResourceException e)
        {
            throw new RefusedException(
                RefusalReason.BadRequest,
                $"network {configuration} cannot be made from its CNI configuration: {e.Message}",
                "correct the configuration's ranges, or name an existing Network with the \"network\" key (`weft get pools`)", e);
        }
        catch (StoreException e)
        {
            throw new RefusedException(RefusalReason.StoreFailed, e.Message, e.NextStep, e);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>A container of an import is gone: its addresses are free. Cheap when there is no such import.</summary>
    /// <exception cref="RefusedException">The store did not answer; it may be repeated.</exception>
    public Task ReleaseAsync(Attachments.AttachmentKey key) => ReleaseAsync(
        (_, containerId, interfaceName) => containerId == key.ContainerId && (interfaceName.Length == 0 || interfaceName == key.InterfaceName));

    /// <summary>Frees what the import of a configuration's name holds for containers that are not valid any more.</summary>
    /// <returns>How many addresses.</returns>
    /// <exception cref="RefusedException">The store did not answer; it may be repeated.</exception>
    public Task<int> ReleaseExceptAsync(string configuration, IReadOnlySet<(string ContainerId, string InterfaceName)> valid) => ReleaseAsync(
        (import, containerId, interfaceName) => import == configuration
            && !(interfaceName.Length == 0 ? valid.Any(v => v.ContainerId == containerId) : valid.Contains((containerId, interfaceName))));

    public void Dispose() => _one.Dispose();

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
                node, (import, held) => isGone(import, held.ContainerId, held.InterfaceName), CancellationToken.None);
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

    private bool MustMake(AttachRequest request) =>
        request.WeftNetwork.Length == 0 && request.Template is { Ranges.Count: > 0 } && !catalog.Current.TryGet(request.Key.Network, out _);

    private bool HasNewGateway(AttachRequest request, IReadOnlyList<WantedRange> ranges) =>
        ranges.Any(r => r.Gateway is not null)
        && catalog.Current.Resolve(request.WeftNetwork, request.Key.Network) is { } network
        && ranges.Any(r => r.Gateway is { } gateway && !network.Withheld.Contains(gateway) && network.Ranges.Any(range => range.Contains(gateway)));

    private async Task MakeAsync(string configuration, NetworkTemplate template)
    {
        IReadOnlyList<WantedRange> ranges = WantedRange.Read(template.Ranges);
        if (await resources.MakeFromConfigurationAsync(configuration, ranges, template.Masquerade, template.Mtu, CancellationToken.None))
        {
            NetworkLog.MadeFromConfiguration(logger, configuration, string.Join(", ", ranges));
        }
        await catalog.LoadAsync(CancellationToken.None);
        await OnChange();
    }
}
