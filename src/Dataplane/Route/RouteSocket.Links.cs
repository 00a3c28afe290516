using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route.Wire;

namespace Weft.Dataplane.Route;

/// <content>Links as they are.</content>
public sealed partial class RouteSocket
{
    private const uint SkipStatistics = 8;       // RTEXT_FILTER_SKIP_STATS

    /// <summary>All links, or those that the filters leave; the kernel filters.</summary>
    /// <param name="masterIndex">Only ports of that bridge; 0: all.</param>
    /// <param name="kind">Only links of that kind, such as "veth"; null: all.</param>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public List<LinkInfo> Links(int masterIndex = 0, string? kind = null)
    {
        NetlinkWriter writer = BeginDump(RouteMessageType.GetLink);
        writer.WriteHeader(default(InterfaceHeader));
        writer.WriteUInt32(LinkAttribute.ExtendedMask, SkipStatistics);
        if (masterIndex != 0)
        {
            writer.WriteInt32(LinkAttribute.Master, masterIndex);
        }
        if (kind is not null)
        {
            NestedAttribute info = writer.BeginNested(LinkAttribute.LinkInfo);
            writer.WriteString(LinkInfoAttribute.Kind, kind);
            writer.EndNested(info);
        }
        _request.End(ref writer, "ip link show");
        return _socket.Dump(_request, (in NetlinkMessage message) =>
        {
            LinkInfo? link = LinkDecoder.Decode(message);
            // Asked for a kind that it has no driver for, the kernel shows all links.
            return link is null || (kind is not null && link.Kind != kind) || (masterIndex != 0 && link.MasterIndex != masterIndex)
                ? null
                : link;
        });
    }

    /// <summary>The link of that name, or null.</summary>
    /// <exception cref="NetlinkException">The kernel refused for another reason than that there is none.</exception>
    public LinkInfo? LinkByName(string name) => Find(LinkReference.FromName(name));

    /// <summary>The link with that index, or null.</summary>
    /// <exception cref="NetlinkException">The kernel refused for another reason than that there is none.</exception>
    public LinkInfo? LinkByIndex(int index) => Find(LinkReference.FromIndex(index));

    private LinkInfo? Find(LinkReference link)
    {
        LinkInfo? found = null;
        IReadOnlyList<NetlinkException> failures = _socket.TryExecute(
            new RouteBatch(256).GetLink(link).Messages,
            (in NetlinkMessage message) => found ??= LinkDecoder.Decode(message));
        // A name longer than 15 bytes is ERANGE: no link has it either.
        return failures.Count == 0 || failures[0].Errno is Errno.ENODEV or Errno.ERANGE ? found : throw failures[0];
    }
}
