using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route.Wire;

namespace Weft.Dataplane.Route;

/// <summary>
/// Tells about changes in one network namespace, on a thread of its own. It is subscribed once <see cref="Start"/> returns: what is read
/// by a dump after that, and the events, together miss nothing.
/// </summary>
public sealed class RouteMonitor : IDisposable
{
    /// <summary>Bytes of the socket's buffer where nothing else is chosen: some ten thousand events.</summary>
    public const int DefaultReceiveBuffer = 4 * 1024 * 1024;

    private readonly NetlinkSocket _socket;
    private readonly StopSignal _stop = new();
    private readonly Action<RouteEvent> _onEvent;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;
    private int _disposed;

    private RouteMonitor(NetlinkSocket socket, Action<RouteEvent> onEvent)
    {
        _socket = socket;
        _onEvent = onEvent;
        _thread = new Thread(Run) { IsBackground = true, Name = "route monitor" };
    }

    /// <summary>
    /// Ends when the monitor does: well after <see cref="Dispose"/>, or with what broke it - an exception from the callback or from
    /// the socket. Watch it: a broken monitor tells nothing more.
    /// </summary>
    public Task Completion => _ended.Task;

    /// <summary>Subscribes and starts to tell.</summary>
    /// <param name="groups">What to listen to.</param>
    /// <param name="onEvent">Called on the monitor's thread, one event at a time, in order. While it runs, events wait in the socket's
    /// buffer; when that is full, they are lost and <see cref="RouteEvent.Resync"/> says so.</param>
    /// <param name="within">The namespace; null: the calling thread's.</param>
    /// <param name="receiveBuffer">Bytes of the socket's buffer.</param>
    /// <exception cref="KernelException">The kernel refused the socket, the namespace or a group.</exception>
    public static RouteMonitor Start(
        RouteGroups groups, Action<RouteEvent> onEvent, NetworkNamespace? within = null, int receiveBuffer = DefaultReceiveBuffer)
    {
        ArgumentNullException.ThrowIfNull(onEvent);
        NetlinkSocket socket = NetlinkSocket.Open(NetlinkProtocol.Route, within);
        try
        {
            socket.SetReceiveBuffer(receiveBuffer);
            Subscribe(socket, groups);
            var monitor = new RouteMonitor(socket, onEvent);
            monitor._thread.Start();
            return monitor;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Stops telling; waits for a callback that is running, unless it is the callback that calls.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _stop.Set();
        }
        if (Thread.CurrentThread != _thread)
        {
            _thread.Join();
            _stop.Dispose();      // only here: the thread may have ended by itself, and Set needs it
        }
    }

    private static void Subscribe(NetlinkSocket socket, RouteGroups groups)
    {
        // RTNLGRP_* of linux/rtnetlink.h.
        SubscribeIf(RouteGroups.Links, 1);
        SubscribeIf(RouteGroups.Neighbours, 3);
        SubscribeIf(RouteGroups.Addresses, 5);       // IPV4_IFADDR
        SubscribeIf(RouteGroups.Addresses, 9);       // IPV6_IFADDR
        SubscribeIf(RouteGroups.Routes, 7);          // IPV4_ROUTE
        SubscribeIf(RouteGroups.Routes, 11);         // IPV6_ROUTE
        SubscribeIf(RouteGroups.Rules, 8);           // IPV4_RULE
        SubscribeIf(RouteGroups.Rules, 19);          // IPV6_RULE
        SubscribeIf(RouteGroups.Nexthops, 32);
        SubscribeIf(RouteGroups.TrafficControl, 4);

        void SubscribeIf(RouteGroups wanted, int group)
        {
            if ((groups & wanted) != 0)
            {
                socket.Subscribe(group);
            }
        }
    }

    private void Run()
    {
        try
        {
            while (true)
            {
                switch (_socket.WaitForNotifications(_stop, Tell))
                {
                    case NotificationResult.Stopped:
                        _ended.TrySetResult();
                        return;
                    case NotificationResult.Lost:
                        _onEvent(new RouteEvent.Resync());
                        break;
                }
            }
        }
        catch (Exception e)
        {
            _ended.TrySetException(e);       // whoever watches Completion decides; a thread's exception would end the process
        }
        finally
        {
            _socket.Dispose();
        }
    }

    private void Tell(in NetlinkMessage message)
    {
        if (RouteEventDecoder.Decode(message) is { } found)
        {
            _onEvent(found);
        }
    }
}
