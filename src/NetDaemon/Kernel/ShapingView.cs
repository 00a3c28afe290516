using System.Net;
using Weft.Dataplane.Route;
using Weft.Dataplane.TrafficControl;
using Weft.NetDaemon.Attachments;

namespace Weft.NetDaemon.Kernel;

/// <summary>What the kernel has of bandwidth limits, at one moment.</summary>
internal sealed class ShapingView
{
    private readonly Dictionary<IPAddress, ushort> _minors = [];
    private readonly ILookup<int, QdiscInfo> _byLink;
    private readonly ILookup<ushort, TrafficClassInfo> _byMinor;
    private readonly ILookup<ushort, QdiscInfo> _leaves;

    private ShapingView(LinkInfo? shaper, List<QdiscInfo> qdiscs, List<TrafficClassInfo> classes, List<SourceFilterInfo> filters)
    {
        Shaper = shaper;
        Classes = classes;
        Filters = filters;
        _byLink = qdiscs.ToLookup(q => q.LinkIndex);
        _byMinor = classes.ToLookup(c => c.Minor);
        _leaves = _byLink[shaper?.Index ?? 0].ToLookup(q => q.ClassMinor);
        foreach (SourceFilterInfo filter in filters)
        {
            if (filter is { Source: { } source, ClassMinor: > 0 })
            {
                _minors[source] = filter.ClassMinor;
            }
        }
    }

    /// <summary>The node's ifb, or null.</summary>
    public LinkInfo? Shaper { get; }

    /// <summary>The queueing disciplines of a link.</summary>
    public IEnumerable<QdiscInfo> QdiscsOf(int link) => _byLink[link];

    /// <summary>The shaper's.</summary>
    public IReadOnlyList<TrafficClassInfo> Classes { get; }

    /// <summary>The shaper's.</summary>
    public IReadOnlyList<SourceFilterInfo> Filters { get; }

    /// <summary>Whether the shaper has the discipline and the tables that all else is put into.</summary>
    public bool HasBase => Shaper is { } link
        && QdiscsOf(link.Index).Any(q => q is { IsRoot: true, Kind: "htb" })
        && Filters.Count(f => f.LinksTable) == 2;

    public static ShapingView Read(RouteSocket socket)
    {
        LinkInfo? shaper = socket.LinkByName(BandwidthLimits.Shaper) is { } link && BandwidthLimits.IsShaper(link) ? link : null;
        return new ShapingView(
            shaper,
            socket.Qdiscs(),
            shaper is null ? [] : socket.Classes(shaper.Index),
            shaper is null ? [] : socket.ClassFilters(shaper.Index));
    }

    public bool HasTokenBucket(int port, DirectionLimit limit) => QdiscsOf(port).Any(q =>
        q is { IsRoot: true, Kind: "tbf" } && q.Limit == limit.Limit && q.QueueBytes == limit.QueueBytes);

    public bool HasClass(ushort minor, DirectionLimit limit) =>
        _byMinor[minor].Any(c => c.Limit == limit.Limit)
        && _leaves[minor].Any(q => q.Kind == "bfifo" && q.QueueBytes == limit.QueueBytes);

    /// <summary>The class that all addresses of an attachment lead to, or null.</summary>
    public ushort? MinorOf(AttachmentRecord attachment)
    {
        ushort[] minors = [.. attachment.Addresses.Select(a => _minors.GetValueOrDefault(a.Address)).Distinct()];
        return minors is [> 0] ? minors[0] : null;
    }

    /// <summary>Whether all that comes from the attachment's addresses, and nothing else, passes the shaper.</summary>
    /// <param name="socket">Where the port's filters are read.</param>
    /// <param name="port">Interface index of the host end.</param>
    /// <param name="attachment">The attachment.</param>
    public bool Redirects(RouteSocket socket, int port, AttachmentRecord attachment) =>
        Shaper is { } shaper && Redirects(socket, port, attachment, shaper.Index);

    /// <summary>The same, with a shaper that has been made since.</summary>
    public bool Redirects(RouteSocket socket, int port, AttachmentRecord attachment, int shaper)
    {
        if (!QdiscsOf(port).Any(q => q.Kind == "clsact"))
        {
            return false;
        }
        var expected = attachment.Addresses.Select(a => (IPAddress?)a.Address).ToHashSet();
        List<SourceFilterInfo> found = [.. socket.Redirects(port).Where(r => r.Source is not null || r.RedirectIndex != 0)];
        return found.Count == expected.Count && found.All(r => r.RedirectIndex == shaper && expected.Contains(r.Source));
    }
}
