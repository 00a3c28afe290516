using System.Collections.Concurrent;
using System.Net;
using Weft.Dataplane.Route;
using Weft.TestSupport;

namespace Weft.Dataplane.Tests.Route;

public sealed class RouteMonitorTests
{
    [KernelFact]
    public void Every_change_is_told_with_who_made_it()
    {
        using var pair = new NamespacePair();
        using var events = new BlockingCollection<RouteEvent>();
        using RouteMonitor monitor = RouteMonitor.Start(RouteGroups.All, events.Add, pair.Left.Namespace);
        using RouteSocket socket = pair.Left.OpenRoute();
        int dev = pair.LeftIndex;
        var address = new AddressSpec { LinkIndex = dev, Address = new InterfaceAddress(IPAddress.Parse("10.0.0.7"), 32) };
        var route = new RouteSpec { Destination = IPNetwork.Parse("10.9.0.0/26"), NexthopId = 9 };
        var neighbour = new NeighbourSpec { LinkIndex = dev, Address = IPAddress.Parse("10.0.0.8"), Mac = MacAddress.Parse("02:57:00:00:00:08") };
        var rule = new RuleSpec { Priority = 5700, Table = 1000 };
        socket.Execute(new RouteBatch()
            .CreateBridge(new BridgeSpec { Name = "br0" })
            .AddAddress(address)
            .AddNexthop(new NexthopSpec { Id = 9, Gateway = NamespacePair.RightAddress, LinkIndex = dev })
            .AddRoute(route)
            .AddNeighbour(neighbour)
            .AddRule(rule)
            .DeleteRule(rule)
            .DeleteNeighbour(neighbour)
            .DeleteRoute(route)
            .DeleteNexthop(9)
            .DeleteAddress(address)
            .DeleteLink("br0"));

        Await<RouteEvent.LinkChanged>(events, e => e is { Removed: false, Link.Name: "br0" });
        AwaitOurs<RouteEvent.AddressChanged>(events, socket, e => !e.Removed && e.Address.Address == address.Address);
        AwaitOurs<RouteEvent.NexthopChanged>(events, socket, e => !e.Removed && e.Nexthop.Id == 9);
        AwaitOurs<RouteEvent.RouteChanged>(events, socket, e => !e.Removed && e.Route.Destination == route.Destination);
        AwaitOurs<RouteEvent.NeighbourChanged>(events, socket, e => !e.Removed && e.Neighbour.Address.Equals(neighbour.Address));
        AwaitOurs<RouteEvent.RuleChanged>(events, socket, e => !e.Removed && e.Rule.Priority == 5700);
        AwaitOurs<RouteEvent.RuleChanged>(events, socket, e => e.Removed && e.Rule.Priority == 5700);
        Await<RouteEvent.NeighbourChanged>(events, e => e.Removed && e.Neighbour.Address.Equals(neighbour.Address));
        AwaitOurs<RouteEvent.RouteChanged>(events, socket, e => e.Removed && e.Route.Destination == route.Destination);
        AwaitOurs<RouteEvent.NexthopChanged>(events, socket, e => e.Removed && e.Nexthop.Id == 9);
        AwaitOurs<RouteEvent.AddressChanged>(events, socket, e => e.Removed && e.Address.Address == address.Address);
        Await<RouteEvent.LinkChanged>(events, e => e is { Removed: true, Link.Name: "br0" });
    }

    [KernelFact]
    public void A_port_that_leaves_its_bridge_is_not_told_as_a_removed_link()
    {
        using var space = new TestNamespace();
        using RouteSocket socket = space.OpenRoute();
        socket.Execute(new RouteBatch().CreateBridge(new BridgeSpec { Name = "br0" }));
        int bridge = socket.LinkByName("br0")!.Index;
        socket.Execute(new RouteBatch().CreateVeth(new VethSpec { Name = "port", PeerName = "peer", MasterIndex = bridge }));
        using var events = new BlockingCollection<RouteEvent>();
        using RouteMonitor monitor = RouteMonitor.Start(RouteGroups.Links, events.Add, space.Namespace);
        socket.Execute(new RouteBatch()
            .SetLink("port", new LinkChange { MasterIndex = 0 })
            .CreateBridge(new BridgeSpec { Name = "last" }));
        var told = new List<RouteEvent.LinkChanged>();
        Await<RouteEvent.LinkChanged>(
            events,
            e =>
            {
                told.Add(e);
                return e.Link.Name == "last";
            });
        Assert.DoesNotContain(told, e => e.Removed);
        Assert.Contains(told, e => e.Link is { Name: "port", MasterIndex: 0 });
    }

    [KernelFact]
    public void Lost_events_are_told_as_a_resync()
    {
        using var space = new TestNamespace();
        using RouteSocket socket = space.OpenRoute();
        using var events = new BlockingCollection<RouteEvent>();
        using var gate = new ManualResetEventSlim();
        using RouteMonitor monitor = RouteMonitor.Start(
            RouteGroups.Routes,
            found =>
            {
                gate.Wait();      // the monitor stands still until far more has happened than its buffer holds
                events.Add(found);
            },
            space.Namespace,
            receiveBuffer: 4096);
        var batch = new RouteBatch();
        for (int i = 0; i < 2000; i++)
        {
            batch.AddRoute(new RouteSpec { Destination = new IPNetwork(new IPAddress([10, 0, (byte)(i >> 8), (byte)i]), 32), Type = RouteType.Blackhole });
        }
        socket.Execute(batch);
        gate.Set();
        Await<RouteEvent.Resync>(events, _ => true);

        // And it goes on telling.
        socket.Execute(new RouteBatch().AddRoute(new RouteSpec { Destination = IPNetwork.Parse("10.77.0.0/16"), Type = RouteType.Blackhole }));
        Await<RouteEvent.RouteChanged>(events, e => e.Route.Destination == IPNetwork.Parse("10.77.0.0/16"));
    }

    [KernelFact]
    public async Task It_ends_when_disposed_and_with_the_error_of_its_callback()
    {
        using var space = new TestNamespace();
        RouteMonitor quiet = RouteMonitor.Start(RouteGroups.All, static _ => { }, space.Namespace);
        quiet.Dispose();
        quiet.Dispose();
        await quiet.Completion;

        using RouteSocket socket = space.OpenRoute();
        using RouteMonitor broken = RouteMonitor.Start(
            RouteGroups.Links, static _ => throw new InvalidOperationException("the callback's own"), space.Namespace);
        socket.Execute(new RouteBatch().CreateBridge(new BridgeSpec { Name = "b" }));
        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() => broken.Completion);
        Assert.Equal("the callback's own", error.Message);
    }

    [KernelFact]
    public async Task The_callback_itself_may_dispose()
    {
        using var space = new TestNamespace();
        using RouteSocket socket = space.OpenRoute();
        var ready = new TaskCompletionSource<RouteMonitor>();
        RouteMonitor monitor = RouteMonitor.Start(RouteGroups.Links, _ => ready.Task.GetAwaiter().GetResult().Dispose(), space.Namespace);
        ready.SetResult(monitor);
        socket.Execute(new RouteBatch().CreateBridge(new BridgeSpec { Name = "b" }));
        await monitor.Completion;
        monitor.Dispose();
    }

    private static void AwaitOurs<T>(BlockingCollection<RouteEvent> events, RouteSocket socket, Func<T, bool> wanted) where T : RouteEvent =>
        Assert.Equal(socket.PortId, Await(events, wanted).PortId);

    private static T Await<T>(BlockingCollection<RouteEvent> events, Func<T, bool> wanted) where T : RouteEvent
    {
        using var limit = new CancellationTokenSource(Programs.DefaultLimit);
        foreach (RouteEvent found in events.GetConsumingEnumerable(limit.Token))
        {
            if (found is T candidate && wanted(candidate))
            {
                return candidate;
            }
        }
        throw new InvalidOperationException("no more events");
    }
}
