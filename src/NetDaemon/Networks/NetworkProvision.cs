using System.Net;
using Weft.Contracts.Cni;
using Weft.NetDaemon.Api;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Store;
using RefusalReason = Weft.Contracts.Cni.RefusalReason;

namespace Weft.NetDaemon.Networks;

/// <summary>
/// What a CNI configuration brings along: the Network that it was written for, and gateways that nobody gets. Thread-safe; not to be called with
/// the <see cref="NodeLock"/> held.
/// </summary>
internal sealed class NetworkProvision(ResourceStore resources, NetworkCatalog catalog, ILogger<NetworkProvision> logger) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);   // twenty first ADDs make one network

    /// <summary>Brings the kernel in line with networks that are new. Set once, before anybody attaches.</summary>
    public Func<Task> OnChange { get; set; } = () => Task.CompletedTask;

    /// <summary>The ranges of a request's configuration. They restrict its addresses, unless it asks for exact ones.</summary>
    /// <exception cref="RefusedException">They make no sense.</exception>
    public static IReadOnlyList<WantedRange> RangesOf(AttachRequest request) => RangesOf(request.Ranges, request.Template);

    /// <inheritdoc cref="RangesOf(AttachRequest)"/>
    public static IReadOnlyList<WantedRange> RangesOf(IReadOnlyCollection<AddressRange> ranges, NetworkTemplate? template) =>
        WantedRange.Read(ranges.Count > 0 || template is null ? ranges : template.Ranges);

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
            throw CannotMake(configuration, e);
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

    /// <summary>Whether an ADD would make the configuration's network; nothing is made.</summary>
    /// <exception cref="RefusedException">It would, and could not.</exception>
    public async Task<bool> WouldMakeAsync(StatusRequest request)
    {
        if (!MustMake(request.Network, request.WeftNetwork, request.Template))
        {
            return false;
        }
        try
        {
            NetworkTemplate template = request.Template;
            return await resources.MakeFromConfigurationAsync(
                request.Network, WantedRange.Read(template.Ranges), template.Masquerade, template.Mtu, dryRun: true, CancellationToken.None) is not null;
        }
        catch (ResourceException e)
        {
            throw CannotMake(request.Network, e);
        }
        catch (StoreException e)
        {
            throw new RefusedException(RefusalReason.StoreFailed, e.Message, e.NextStep, e);
        }
    }

    public void Dispose() => _one.Dispose();

    private static RefusedException CannotMake(string configuration, ResourceException e) => new(
        RefusalReason.BadRequest,
        $"network {configuration} cannot be made from its CNI configuration: {e.Message}",
        "correct the configuration's ranges, or name an existing Network with the \"network\" key (`weft get pools`)", e);

    private bool MustMake(AttachRequest request) => MustMake(request.Key.Network, request.WeftNetwork, request.Template)
        && !(request.ExactAddresses && catalog.Current.Resolve("", request.Key.Network) is { } network
            && request.Addresses.All(a => a.Length is 4 or 16 && network.Ranges.Any(range => range.Contains(new IPAddress(a.Span)))));

    private bool MustMake(string configuration, string named, NetworkTemplate? template) =>
        named.Length == 0 && template is { Ranges.Count: > 0 } && catalog.Current.OfConfiguration(configuration) is null;

    private bool HasNewGateway(AttachRequest request, IReadOnlyList<WantedRange> ranges) =>
        ranges.Any(r => r.Gateway is not null)
        && catalog.Current.Resolve(request.WeftNetwork, request.Key.Network) is { } network
        && ranges.Any(r => r.Gateway is { } gateway && !network.Withheld.Contains(gateway) && network.Ranges.Any(range => range.Contains(gateway)));

    private async Task MakeAsync(string configuration, NetworkTemplate template)
    {
        IReadOnlyList<WantedRange> ranges = WantedRange.Read(template.Ranges);
        if (await resources.MakeFromConfigurationAsync(
            configuration, ranges, template.Masquerade, template.Mtu, dryRun: false, CancellationToken.None) is { } name)
        {
            NetworkLog.MadeFromConfiguration(logger, name, configuration, string.Join(", ", ranges));
        }
        await catalog.LoadAsync(CancellationToken.None);
        await OnChange();
    }
}
