using System.Net;
using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route;
using Weft.Dataplane.Route.Wire;
using Weft.TestSupport;

namespace Weft.Dataplane.Tests.Netlink;

public sealed class DumpTests
{
    private const int Many = 4000;

    [KernelFact]
    public void A_dump_of_many_datagrams_is_complete()
    {
        using var space = new TestNamespace();
        using RouteSocket socket = space.OpenRoute();
        FillWithRoutes(socket);
        List<RouteInfo> routes = socket.Routes(protocol: RouteProtocol.Weft);
        Assert.Equal(Many, routes.Count);
        Assert.Equal(Many, routes.Select(route => route.Destination).Distinct().Count());
    }

    [KernelFact]
    public void A_dump_starts_again_when_the_table_changes_meanwhile()
    {
        using var space = new TestNamespace();
        using NetlinkSocket reader = NetlinkSocket.Open(NetlinkProtocol.Route, space.Namespace);
        using RouteSocket writer = space.OpenRoute();
        for (int i = 0; i < 60; i++)
        {
            writer.Execute(new RouteBatch().CreateBridge(new BridgeSpec { Name = $"b{i}" }));
        }
        int seen = 0;
        List<LinkInfo> links = reader.Dump(Request(), (in NetlinkMessage message) =>
        {
            // The dump is longer than a datagram. In the first round, the rest of it is read after this change.
            if (seen++ == 0)
            {
                writer.Execute(new RouteBatch().DeleteLink("b59").CreateBridge(new BridgeSpec { Name = "late" }));
            }
            return LinkDecoder.Decode(message);
        });
        Assert.True(seen > links.Count, $"{seen} messages were read for {links.Count} links: the dump was not started again");
        Assert.Equal(61, links.Count);
        Assert.Single(links, link => link.Name == "late");
        Assert.DoesNotContain(links, link => link.Name == "b59");
    }

    [KernelFact]
    public void A_table_that_never_rests_is_an_error_and_the_socket_stays_usable()
    {
        using var space = new TestNamespace();
        using NetlinkSocket reader = NetlinkSocket.Open(NetlinkProtocol.Route, space.Namespace);
        using RouteSocket writer = space.OpenRoute();
        for (int i = 0; i < 60; i++)
        {
            writer.Execute(new RouteBatch().CreateBridge(new BridgeSpec { Name = $"b{i}" }));
        }
        int toggle = 0;
        NetlinkException error = Assert.Throws<NetlinkException>(() => reader.Dump(Request(), (in NetlinkMessage message) =>
        {
            LinkInfo? link = LinkDecoder.Decode(message);
            if (link is { Name: "lo" })
            {
                string name = $"x{toggle++}";
                writer.Execute(new RouteBatch().CreateBridge(new BridgeSpec { Name = name }).DeleteLink(name));
            }
            return link;
        }));
        Assert.Equal(Errno.EINTR, error.Errno);
        Assert.Equal(61, reader.Dump(Request(), LinkDecoder.Decode).Count);
    }

    [KernelFact]
    public void A_dump_that_cannot_be_decoded_leaves_the_socket_usable()
    {
        using var space = new TestNamespace();
        using NetlinkSocket reader = NetlinkSocket.Open(NetlinkProtocol.Route, space.Namespace);
        using RouteSocket writer = space.OpenRoute();
        for (int i = 0; i < 60; i++)
        {
            writer.Execute(new RouteBatch().CreateBridge(new BridgeSpec { Name = $"b{i}" }));
        }
        Assert.Throws<MalformedNetlinkException>(
            () => reader.Dump<LinkInfo>(Request(), static (in NetlinkMessage _) => throw new MalformedNetlinkException("not as expected")));
        Assert.Equal(61, reader.Dump(Request(), LinkDecoder.Decode).Count);
    }

    private static NetlinkBatch Request()
    {
        var request = new NetlinkBatch();
        NetlinkWriter writer = request.Begin(RouteMessageType.GetLink, NetlinkMessageFlags.Dump);
        writer.WriteHeader(default(InterfaceHeader));
        request.End(ref writer, "ip link show");
        return request;
    }

    private static void FillWithRoutes(RouteSocket socket)
    {
        var batch = new RouteBatch();
        for (int i = 0; i < Many; i++)
        {
            batch.AddRoute(new RouteSpec
            {
                Destination = new IPNetwork(new IPAddress([10, 1, (byte)(i >> 8), (byte)i]), 32),
                Type = RouteType.Blackhole,
            });
        }
        socket.Execute(batch);
    }
}
