using Weft.Dataplane;
using Weft.Dataplane.Route;
using Weft.Dataplane.TrafficControl;
using Weft.NetDaemon.Attachments;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// Judges what others do to queueing disciplines, classes and filters: only what takes something from a limit that is in force counts, on the
/// shaper or on a committed attachment's host end. For the thread of one monitor.
/// </summary>
internal sealed class ShapingWatch(NodeKernel kernel, AttachmentTable attachments) : IDisposable
{
    private readonly RouteSocket _links = RouteSocket.Open(kernel.Namespace);

    /// <summary>A few words on what happened, or null: it is nobody's damage.</summary>
    public string? Judge(RouteEvent.TrafficControlChanged change)
    {
        if (change.LinkIndex == kernel.ShaperIndex)
        {
            return $"traffic control of {BandwidthLimits.Shaper} was changed";
        }
        if (attachments.Count.Committed == 0 || NameOf(change.LinkIndex) is not { } name
            || attachments.CommittedByHostInterface(name) is not { } attachment
            || LinkLimits.Of(attachment.Options.Bandwidth, attachment.Mtu) is not { } limits)
        {
            return null;
        }
        return change.Removed || IsDamaged(change.Discipline, limits) || IsDamaged(change.Filter, attachment, limits)
            ? $"traffic control of {name} was changed"
            : null;
    }

    /// <summary>
    /// As the other one, once the shaper was seen to be down or gone. Its links' events tell not who caused them, and it is down for a moment when it
    /// is made: so what counts is how it is now.
    /// </summary>
    public string? JudgeShaper()
    {
        if (!kernel.NeedsShaper)
        {
            return null;
        }
        try
        {
            LinkInfo? link = _links.LinkByName(BandwidthLimits.Shaper);
            return link is null ? $"{BandwidthLimits.Shaper} was deleted" : !link.IsUp ? $"{BandwidthLimits.Shaper} is down" : null;
        }
        catch (KernelException)
        {
            return null;        // asked in vain: the look from time to time finds what there is to find
        }
    }

    public void Dispose() => _links.Dispose();

    private static bool IsDamaged(QdiscInfo? discipline, LinkLimits limits) => discipline is { IsRoot: true } && limits.Ingress is { } ingress
        && (discipline.Kind != "tbf" || discipline.Limit != ingress.Limit || discipline.QueueBytes != ingress.QueueBytes);

    private bool IsDamaged(SourceFilterInfo? filter, AttachmentRecord attachment, LinkLimits limits) => filter is not null && limits.Egress is not null
        && (filter.RedirectIndex != kernel.ShaperIndex || !attachment.Addresses.Any(a => a.Address.Equals(filter.Source)));

    private string? NameOf(int index)
    {
        try
        {
            return _links.LinkByIndex(index) is { } link && LinkReconciler.IsOurPort(link) ? link.Name : null;
        }
        catch (KernelException)
        {
            return null;        // asked in vain: the look from time to time finds what there is to find
        }
    }
}
