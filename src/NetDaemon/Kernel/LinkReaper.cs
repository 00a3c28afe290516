using Weft.Dataplane;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// Deletes links behind everybody's back. Deleting a veth waits 8 to 30 ms for the kernel's RCU, whether one or a hundred; so DEL
/// only parks a link (down, out of its bridge, in a group of its own), and this deletes the whole group at a time.
/// </summary>
internal sealed class LinkReaper : IAsyncDisposable
{
    /// <summary>IFLA_GROUP of parked links: "weft".</summary>
    public const uint Group = 0x77656674;

    private readonly RouteSocket _socket;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _work = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private readonly Lock _lock = new();
    private readonly HashSet<(ulong, ulong)> _namespaces = [];
    private long _requests;
    private TaskCompletionSource _idle = Completed();

    /// <param name="logger">Where a kernel that refuses is reported.</param>
    /// <param name="within">The namespace; null: the calling thread's.</param>
    public LinkReaper(ILogger logger, NetworkNamespace? within = null)
    {
        _logger = logger;
        _socket = RouteSocket.Open(within);
        _loop = Task.Factory.StartNew(RunAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        Collect(0, 0);      // what a weftd that was killed had parked
    }

    /// <summary>Deletes what has been parked, soon.</summary>
    /// <param name="device">st_dev of the namespace that the peer is in, or 0.</param>
    /// <param name="inode">st_ino of it.</param>
    public void Collect(ulong device, ulong inode)
    {
        lock (_lock)
        {
            _requests++;
            _namespaces.Add((device, inode));
            if (_idle.Task.IsCompleted)
            {
                _idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _work.Release();
            }
        }
    }

    /// <summary>Waits until nothing parked is left in a namespace: an interface name may be free there only then.</summary>
    public Task WhenGoneFrom(ulong device, ulong inode)
    {
        lock (_lock)
        {
            return _namespaces.Contains((device, inode)) ? _idle.Task : Task.CompletedTask;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _socket.Dispose();
        _work.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (true)
        {
            try
            {
                await _work.WaitAsync(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                DeleteGroup();
                return;
            }
            for (bool finished = false; !finished;)
            {
                long upTo;
                lock (_lock)
                {
                    upTo = _requests;
                }
                DeleteGroup();
                lock (_lock)
                {
                    // A link parked while the group was being deleted may have been missed: another round.
                    finished = _requests == upTo;
                    if (finished)
                    {
                        _namespaces.Clear();
                        _idle.SetResult();
                    }
                }
            }
        }
    }

    private void DeleteGroup()
    {
        try
        {
            _socket.Execute(new RouteBatch().DeleteGroup(Group));
        }
        catch (NetlinkException e) when (e.Errno is Errno.ENODEV)
        {
            // None left: their namespaces took them along.
        }
        catch (KernelException e)
        {
            KernelLog.ReapFailed(_logger, e.Message);
        }
    }

    private static TaskCompletionSource Completed()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }
}
