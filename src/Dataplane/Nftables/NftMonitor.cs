using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Reading;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables;

/// <summary>
/// Tells who changes nf_tables in a network namespace (NFNLGRP_NFTABLES). Listens on a thread of its own until disposed; what happens
/// after <see cref="Start"/> returns is seen.
/// </summary>
public sealed class NftMonitor : IDisposable
{
    private const int Group = 7;                    // NFNLGRP_NFTABLES
    private const int BufferSize = 4 * 1024 * 1024; // a transaction of some 10,000 elements; more is a resync

    private readonly NetlinkSocket _socket;
    private readonly StopSignal _stop = new();
    private readonly Action<NftEvent> _onEvent;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<NftTable> _touched = [];
    private NftTable _last = new(NftFamily.Inet, "");

    private NftMonitor(NetlinkSocket socket, Action<NftEvent> onEvent)
    {
        _socket = socket;
        _onEvent = onEvent;
        _thread = new Thread(Listen) { IsBackground = true, Name = "nftables monitor" };
    }

    /// <summary>Ends when the monitor is disposed; fails when the socket broke or the listener threw.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Starts listening, in the calling thread's network namespace or another.</summary>
    /// <param name="onEvent">Called on the monitor's thread, one event at a time; it should not block for long.</param>
    /// <param name="within">The namespace.</param>
    /// <exception cref="KernelException">The kernel refused the socket, the group or the namespace.</exception>
    public static NftMonitor Start(Action<NftEvent> onEvent, NetworkNamespace? within = null)
    {
        ArgumentNullException.ThrowIfNull(onEvent);
        NetlinkSocket socket = NetlinkSocket.Open(NetlinkProtocol.Netfilter, within);
        try
        {
            socket.SetReceiveBuffer(BufferSize);
            socket.Subscribe(Group);
            var monitor = new NftMonitor(socket, onEvent);
            monitor._thread.Start();
            return monitor;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Stops listening and waits for the thread's end. Not to be called from the listener.</summary>
    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _socket.Dispose();
        _stop.Dispose();
    }

    private void Listen()
    {
        try
        {
            while (true)
            {
                NotificationResult result;
                try
                {
                    result = _socket.WaitForNotifications(_stop, OnMessage);
                }
                catch (MalformedNetlinkException)
                {
                    result = NotificationResult.Lost;       // not understood is as good as not received
                }
                if (result == NotificationResult.Stopped)
                {
                    _completion.SetResult();
                    return;
                }
                if (result == NotificationResult.Lost)
                {
                    _touched.Clear();
                    _onEvent(new NftResync());
                }
            }
        }
        catch (Exception e)
        {
            _completion.SetException(e);
        }
    }

    private void OnMessage(in NetlinkMessage message)
    {
        if (message.Type >> 8 != NfGenHeader.Subsystem)
        {
            return;
        }
        if (NftDecoder.Generation(message) is { } generation)
        {
            var tables = new HashSet<NftTable>(_touched);
            _touched.Clear();
            _onEvent(new NftChanged(generation.Id, message.PortId, generation.ProcessId, generation.ProcessName, tables));
            return;
        }
        AttributeReader reader = message.Attributes(NfGenHeader.Size);
        while (reader.TryRead(out NetlinkAttribute attribute))
        {
            // Attribute 1 is the table's name in the messages about every kind of object.
            if (attribute.Type == TableAttribute.Name)
            {
                NftFamily family = NftDecoder.Family(message);
                string name = attribute.String;
                if (_last.Family != family || _last.Name != name)
                {
                    _last = new NftTable(family, name);
                }
                _touched.Add(_last);
                return;
            }
        }
    }
}
