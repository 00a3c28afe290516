using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Weft.Dataplane;
using Weft.Dataplane.Conntrack;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Route;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// Deletes tracked flows that contradict the rules, behind ADD and DEL. Of ports that have been published, within a moment. Of addresses that
/// containers have given back, within a second: whoever gets such an address must not inherit flows that the rules take for established.
/// <para>
/// A look goes through the kernel's whole table and keeps a processor busy for it, 2 to 9 ms and more. So one look serves all that was asked for
/// while ADDs and DELs went by, and looks take a tenth of the time at most. Thread-safe.
/// </para>
/// </summary>
internal sealed class FlowReaper : IAsyncDisposable
{
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan GatheringOfAddresses = TimeSpan.FromSeconds(1);
    private const int RestPerLook = 9;      // times as long as the look took

    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _lock = new();
    private readonly Lock _looking = new();     // taken before _lock
    private readonly Timer _later;
    private readonly ConntrackSocket _socket;
    private readonly RouteSocket _routes;
    private readonly ILogger _logger;
    private readonly Task _loop;
    private HashSet<IPAddress> _addresses = [];
    private HashSet<IPAddress> _lookedFor = [];     // by the look that is going on
    private bool _isSet;                            // _later, since the last look
    private Dictionary<(AddressFamily, byte, IPAddress?, ushort), PublishedPort> _ports = [];

    /// <param name="logger">Where a kernel that refuses is reported.</param>
    /// <param name="within">The namespace; null: the calling thread's.</param>
    public FlowReaper(ILogger logger, NetworkNamespace? within = null)
    {
        _logger = logger;
        _socket = ConntrackSocket.Open(within);
        _routes = RouteSocket.Open(within);
        _later = new Timer(_ => _wake.Writer.TryWrite(true));
        _loop = RunAsync();
    }

    /// <summary>Deletes the flows of addresses, within a second or so. Their traffic has ended already.</summary>
    public void Forget(IEnumerable<IPAddress> addresses)
    {
        lock (_lock)
        {
            _addresses.UnionWith(addresses);
            if (!_isSet)
            {
                _isSet = _later.Change(GatheringOfAddresses, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>
    /// For addresses that somebody gets again: when it returns, no flow of theirs is left that was to be forgotten, so that none of the newcomer's is
    /// deleted later. Waits for a look only if it must.
    /// </summary>
    public void Settle(IReadOnlyCollection<IPAddress> addresses)
    {
        lock (_lock)
        {
            if (!_addresses.Overlaps(addresses) && !_lookedFor.Overlaps(addresses))
            {
                return;
            }
        }
        Look();
    }

    /// <summary>Deletes the flows to ports that lead to containers from now on and did not before, soon.</summary>
    public void Forget(IReadOnlyList<PublishedPort> ports)
    {
        if (ports.Count == 0)
        {
            return;
        }
        lock (_lock)
        {
            foreach (PublishedPort port in ports)
            {
                // One that has moved on meanwhile leads to its latest container alone.
                _ports[(port.Family, port.Protocol, port.HostAddress, port.HostPort)] = port;
            }
        }
        _wake.Writer.TryWrite(true);
    }

    /// <summary>Finishes what was asked for.</summary>
    public async ValueTask DisposeAsync()
    {
        await _later.DisposeAsync();
        _wake.Writer.TryWrite(true);
        _wake.Writer.Complete();
        await _closing.CancelAsync();
        await _loop;
        _closing.Dispose();
        _socket.Dispose();
        _routes.Dispose();
    }

    private async Task RunAsync()
    {
        await foreach (bool _ in _wake.Reader.ReadAllAsync())
        {
            await PauseAsync(Gathering);
            long start = Stopwatch.GetTimestamp();
            Look();
            await PauseAsync(RestPerLook * Stopwatch.GetElapsedTime(start));
        }
    }

    /// <summary>Ends at once when this object is disposed of.</summary>
    private async Task PauseAsync(TimeSpan time) => await Task.Delay(time, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private void Look()
    {
        lock (_looking)
        {
            HashSet<IPAddress> addresses;
            Dictionary<(AddressFamily, byte, IPAddress?, ushort), PublishedPort> ports;
            lock (_lock)
            {
                (addresses, _lookedFor, _addresses) = (_addresses, _addresses, []);
                (ports, _ports) = (_ports, []);
                _isSet = false;
            }
            Look(addresses, ports);
            lock (_lock)
            {
                _lookedFor = [];
            }
        }
    }

    private void Look(HashSet<IPAddress> addresses, Dictionary<(AddressFamily, byte, IPAddress?, ushort), PublishedPort> ports)
    {
        try
        {
            List<ConntrackEntry> flows = _socket.Entries(SelectionOf(addresses, ports.Values));
            if (flows.Count > 0)
            {
                _socket.Delete([.. flows.Where(f => f.Involves(addresses)).Union(PublishedPortFlows.Stale(flows, ports.Values, LocalAddresses(ports.Count)))]);
            }
        }
        catch (KernelException e)
        {
            KernelLog.FlowsKept(_logger, string.Join(' ', addresses), string.Join(' ', ports.Values.Select(p => p.HostPort)), e.Message);
            KeepForNextLook(addresses, ports);
        }
    }

    private void KeepForNextLook(HashSet<IPAddress> addresses, Dictionary<(AddressFamily, byte, IPAddress?, ushort), PublishedPort> ports)
    {
        lock (_lock)
        {
            _addresses.UnionWith(addresses);
            foreach (var (key, port) in ports)
            {
                _ports.TryAdd(key, port);
            }
        }
    }

    private static ConntrackSelection SelectionOf(IEnumerable<IPAddress> addresses, IEnumerable<PublishedPort> ports)
    {
        var selection = new ConntrackSelection();
        foreach (IPAddress address in addresses)
        {
            selection.Add(address);
        }
        foreach (PublishedPort port in ports)
        {
            selection.Add(port.Protocol, port.HostPort);
        }
        return selection;
    }

    private Func<IPAddress, bool> LocalAddresses(int ports)
    {
        if (ports == 0)
        {
            return static _ => false;
        }
        HashSet<IPAddress> local = [.. _routes.Addresses().Select(a => a.Address.Address)];
        return address => local.Contains(address) || IPAddress.IsLoopback(address);
    }
}
