using System.Threading.Channels;
using Weft.Contracts.V1;
using Weft.Dataplane;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route;

namespace Weft.NetDaemon.Nodes;

/// <summary>
/// Keeps this node's record as its underlay is: by the kernel's notifications, and by a look from time to time, since a link that goes down takes routes along without one.
/// One owner runs it; <see cref="Notice"/> is for the thread that hears of changes.
/// </summary>
/// <param name="choice">What the operator says.</param>
/// <param name="first">As it was at start.</param>
/// <param name="own">The record.</param>
/// <param name="health">Where it is said how the uplink is.</param>
/// <param name="time">For how long a family is gone.</param>
/// <param name="logger">Where changes are told.</param>
/// <param name="within">The node's namespace; null: the process's own.</param>
internal sealed class UnderlayFollower(
    UnderlayChoice choice, Uplink first, OwnNode own, HealthBoard health, TimeProvider time, ILogger<UnderlayFollower> logger, NetworkNamespace? within = null)
{
    // A look reads all routes: in a storm of notifications there is none for each.
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(200);

    private readonly UplinkMemory _memory = new(first, time);
    private readonly Channel<bool> _nudges = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Called with the underlay and the record that say something new. May be null.</summary>
    public Func<Uplink, Node, Task>? Changed { get; init; }

    /// <summary>Something changed in the kernel. Does not block.</summary>
    public void Notice(RouteEvent change)
    {
        bool concerns = change switch
        {
            RouteEvent.Resync => true,
            RouteEvent.AddressChanged => true,
            RouteEvent.LinkChanged e => !IsOurs(e.Link.Name),
            RouteEvent.RouteChanged e => e.Route.Protocol != RouteProtocol.Weft && e.Route.Table == RouteTable.Main,
            _ => false,
        };
        if (concerns)
        {
            Nudge();
        }
    }

    /// <summary>Look again. Does not block.</summary>
    public void Nudge() => _nudges.Writer.TryWrite(true);

    /// <summary>Looks at each notice until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (await _nudges.Reader.WaitToReadAsync(cancellationToken))
        {
            _nudges.Reader.TryRead(out _);
            await LookAsync();
            await Task.Delay(BetweenLooks, time, cancellationToken);
        }
    }

    /// <summary>Looks once.</summary>
    public async Task LookAsync()
    {
        Uplink seen;
        try
        {
            seen = Uplink.Find(choice, within);
        }
        catch (Exception e) when (e is KernelException or MalformedNetlinkException)
        {
            NodeLog.UplinkUnknown(logger, e.Message);
            return;
        }
        seen.Report(health);
        if (!_memory.Take(seen))
        {
            return;
        }
        Node next = _memory.Current.Describe(own.Record);
        NodeLog.UplinkChanged(logger, _memory.Current.Name, _memory.Current.Mtu, string.Join(" ", _memory.Current.Addresses));
        own.Record = next;
        await (Changed?.Invoke(_memory.Current, next) ?? Task.CompletedTask);
    }

    private static bool IsOurs(string link) =>
        link.StartsWith(Contracts.WeftPaths.BridgePrefix, StringComparison.Ordinal) || link.StartsWith(Contracts.WeftPaths.PortPrefix, StringComparison.Ordinal);
}
