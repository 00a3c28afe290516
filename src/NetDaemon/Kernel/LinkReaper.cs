using Weft.Dataplane;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// Deletes links behind everybody's back. Deleting a veth waits 8 to 30 ms for the kernel's RCU, whether one or a hundred; so DEL
/// only parks a link (in a group of its own, when the rules let nothing through it any more), and this deletes the whole group at a time, once a
/// burst is over: the kernel holds its lock for all links while it deletes, and the next DEL would wait for that.
/// </summary>
internal sealed class LinkReaper : IAsyncDisposable
{
    /// <summary>IFLA_GROUP of parked links: "weft".</summary>
    public const uint Group = 0x77656674;

    /// <summary>A burst is over when nothing was parked for so long, or nothing waits longer than some of these.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    private const int MostPauses = 6;

    private readonly RouteSocket _socket;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _work = new(0);
    private readonly SemaphoreSlim _hurry = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private readonly Lock _lock = new();
    private readonly HashSet<(ulong, ulong)> _namespaces = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private long _requests;
    private TaskCompletionSource _idle = Completed();

    /// <param name="logger">Where a kernel that refuses is reported.</param>
    /// <param name="within">The namespace; null: the calling thread's.</param>
    public LinkReaper(ILogger logger, NetworkNamespace? within = null)
    {
        _logger = logger;
        _socket = RouteSocket.Open(within);
        // What a weftd that was killed had parked.
        foreach (LinkInfo link in _socket.Links(kind: "veth").Where(l => l.Group == Group))
        {
            Collect(0, 0, link.Name);
        }
        _loop = Task.Factory.StartNew(RunAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
    }

    /// <summary>Deletes what has been parked, soon.</summary>
    /// <param name="device">st_dev of the namespace that the peer is in, or 0.</param>
    /// <param name="inode">st_ino of it.</param>
    /// <param name="name">Name of the link.</param>
    public void Collect(ulong device, ulong inode, string name)
    {
        lock (_lock)
        {
            _requests++;
            _names.Add(name);
            _namespaces.Add((device, inode));
            if (_idle.Task.IsCompleted)
            {
                _idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _work.Release();
            }
        }
    }

    /// <summary>
    /// Waits until nothing parked is left in a namespace, where an interface name may be free only then, and until a link's name is free on
    /// the node. Whoever waits ends the burst.
    /// </summary>
    public Task WhenGoneFrom(ulong device, ulong inode, string name = "")
    {
        lock (_lock)
        {
            if (!_namespaces.Contains((device, inode)) && !_names.Contains(name))
            {
                return Task.CompletedTask;
            }
            _hurry.Release();
            return _idle.Task;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _socket.Dispose();
        _work.Dispose();
        _hurry.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (true)
        {
            try
            {
                await _work.WaitAsync(_stop.Token);
                await GatherAsync();
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
                        _names.Clear();
                        while (_hurry.Wait(0))
                        {
                            // Everybody who waits is served with this.
                        }
                        _idle.SetResult();
                    }
                }
            }
        }
    }

    private async Task GatherAsync()
    {
        for (int i = 0; i < MostPauses; i++)
        {
            long before = Volatile.Read(ref _requests);
            if (await _hurry.WaitAsync(Pause, _stop.Token) || Volatile.Read(ref _requests) == before)
            {
                return;
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
