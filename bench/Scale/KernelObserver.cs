using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Nftables;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Overlay;

namespace Weft.Scale;

/// <summary>Listens to the kernel's notifications on sockets of its own: what was programmed, and when. Thread-safe.</summary>
internal sealed class KernelObserver : IDisposable
{
    private const int ReceiveBuffer = 512 << 20;

    private readonly RouteMonitor _routes;
    private readonly NftMonitor _rules;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (int Count, long Last)> _marks = new(StringComparer.Ordinal);
    private KernelTally _tally;
    private bool _lost;

    public KernelObserver()
    {
        _routes = RouteMonitor.Start(RouteGroups.Links | RouteGroups.Routes | RouteGroups.Neighbours | RouteGroups.Nexthops, OnRoute, receiveBuffer: ReceiveBuffer);
        _rules = NftMonitor.Start(OnRules);
    }

    /// <summary>All that was seen since the start.</summary>
    /// <exception cref="InvalidOperationException">The kernel had to drop notifications: what was counted is too little.</exception>
    public KernelTally Tally
    {
        get
        {
            lock (_lock)
            {
                return _lost ? throw new InvalidOperationException("notifications of the kernel were lost; the machine is too busy for this measurement") : _tally;
            }
        }
    }

    /// <summary>What a node's new address is noted under: its forwarding entries.</summary>
    public static string Address(IPAddress underlay) => $"address {underlay}";

    /// <summary>What a node that has joined is noted under: the routes to it.</summary>
    public static string Joined(uint node) => $"joined {node}";

    /// <summary>What a node that has left is noted under: its neighbour entries that are no more.</summary>
    public static string Left(uint node) => $"left {OverlayKeys.Gateway(node)}";

    /// <summary>When something was noted for the n-th time or a later one, or 0: not yet.</summary>
    public long When(string mark, int times)
    {
        lock (_lock)
        {
            return _marks.TryGetValue(mark, out (int Count, long Last) seen) && seen.Count >= times ? seen.Last : 0;
        }
    }

    public void Dispose()
    {
        _routes.Dispose();
        _rules.Dispose();
    }

    // fe80::...:5757:n: what else happens on the uplink is not counted.
    private static bool IsGateway(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 && address.GetAddressBytes() is [0xfe, 0x80, .., 0x57, 0x57, _, _];

    private void OnRoute(RouteEvent change)
    {
        long now = Stopwatch.GetTimestamp();
        lock (_lock)
        {
            switch (change)
            {
                case RouteEvent.Resync:
                    _lost = true;
                    return;
                case RouteEvent.NeighbourChanged e when IsGateway(e.Neighbour.Address):
                    _tally = _tally with { Neighbours = _tally.Neighbours + 1, Last = now };
                    if (e.Removed)
                    {
                        Mark($"left {e.Neighbour.Address}", now);
                    }
                    return;
                case RouteEvent.FdbChanged e when e.Entry.Remote is { } remote:
                    _tally = _tally with { Fdb = _tally.Fdb + 1, Last = now };
                    if (!e.Removed)
                    {
                        Mark(Address(remote), now);
                    }
                    return;
                case RouteEvent.NexthopChanged:
                    _tally = _tally with { Nexthops = _tally.Nexthops + 1, Last = now };
                    return;
                case RouteEvent.RouteChanged { Route.NexthopId: not 0 } e:
                    // With its nexthop, an IPv6 route goes by itself, and an IPv4 route without a word: no operations of anybody's.
                    _tally = e.Removed && e.PortId == 0 ? _tally : _tally with { Routes = _tally.Routes + 1, Last = now };
                    if (!e.Removed)
                    {
                        Mark(Joined(e.Route.NexthopId & OverlayKeys.HighestNode), now);
                    }
                    return;
                case RouteEvent.LinkChanged or RouteEvent.RouteChanged:
                    _tally = _tally with { Others = _tally.Others + 1 };
                    return;
            }
        }
    }

    private void OnRules(NftEvent change)
    {
        lock (_lock)
        {
            _tally = _tally with { Rulesets = _tally.Rulesets + 1, Last = Stopwatch.GetTimestamp() };
        }
    }

    private void Mark(string mark, long now) => _marks[mark] = (_marks.GetValueOrDefault(mark).Count + 1, now);
}
