using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route.Wire;
using Weft.Dataplane.TrafficControl;
using Weft.Dataplane.TrafficControl.Wire;

namespace Weft.Dataplane.Route;

/// <content>Queueing disciplines, classes and filters as they are.</content>
public sealed partial class RouteSocket
{
    /// <summary>The queueing disciplines of all links, without those that the kernel has by itself.</summary>
    public List<QdiscInfo> Qdiscs()
    {
        NetlinkWriter writer = BeginDump(RouteMessageType.GetQdisc);
        writer.WriteHeader(default(TrafficHeader));
        _request.End(ref writer, "tc qdisc show");
        return _socket.Dump(_request, TrafficDecoder.DecodeQdisc);
    }

    /// <summary>The htb classes of a link; empty when it is gone.</summary>
    public List<TrafficClassInfo> Classes(int link)
    {
        NetlinkWriter writer = BeginDump(RouteMessageType.GetClass);
        writer.WriteHeader(new TrafficHeader { Index = link });
        _request.End(ref writer, $"tc class show dev if{link}");
        return DumpOrEmpty(Errno.ENODEV, TrafficDecoder.DecodeClass);
    }

    /// <summary>The filters that a <see cref="RouteBatch"/> made for a link's classes; empty when the link is gone.</summary>
    public List<SourceFilterInfo> ClassFilters(int link) => Filters(link, TrafficHandle.Discipline, "parent 1:");

    /// <summary>The redirects that a <see cref="RouteBatch"/> made where packets come in by a link; empty when the link is gone.</summary>
    public List<SourceFilterInfo> Redirects(int link) => Filters(link, TrafficHandle.Ingress, "ingress");

    private List<SourceFilterInfo> Filters(int link, uint parent, string shown)
    {
        NetlinkWriter writer = BeginDump(RouteMessageType.GetFilter);
        writer.WriteHeader(new TrafficHeader { Index = link, Parent = parent });
        _request.End(ref writer, $"tc filter show dev if{link} {shown}");
        return DumpOrEmpty(Errno.ENODEV, TrafficDecoder.DecodeFilter);
    }
}
