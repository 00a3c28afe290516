using System.Net.Sockets;
using Weft.Dataplane;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Packets;

namespace Weft.NetDaemon.Overlay.Probes;

/// <summary>Looks out for checksum packets for some seconds after it was asked to: while it does, each packet on the device passes a filter more.</summary>
/// <param name="linkIndex">The VXLAN device.</param>
/// <param name="family">Of the packets.</param>
/// <param name="time">For the seconds.</param>
/// <param name="within">The node's namespace; null: the process's own.</param>
/// <param name="heard">Told of each packet whose checksum is right.</param>
internal sealed class ChecksumListener(int linkIndex, AddressFamily family, TimeProvider time, NetworkNamespace? within, Action<ProbeMessage> heard) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private long _until;
    private bool _listens;

    /// <summary>Looks out from now on; false when it cannot.</summary>
    public bool TryListen()
    {
        lock (_lock)
        {
            _until = time.GetTimestamp() + (long)(Patience.TotalSeconds * time.TimestampFrequency);
            if (_listens)
            {
                return true;
            }
            try
            {
                FrameSocket socket = FrameSocket.Open(linkIndex, ChecksumFrame.TypeOf(family), within, ChecksumFrame.FilterOf(family));
                _listens = true;
                _loop = ListenAsync(socket);
                return true;
            }
            catch (Exception e) when (e is SocketException or KernelException)
            {
                return false;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task ListenAsync(FrameSocket socket)
    {
        using (socket)
        {
            byte[] buffer = new byte[256];
            try
            {
                while (Left() is { } left)
                {
                    using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                    end.CancelAfter(left);
                    (ReadOnlyMemory<byte> frame, ChecksumState state) = await socket.ReceiveAsync(buffer, end.Token);
                    if (ChecksumFrame.Read(frame.Span, state) is { } message)
                    {
                        heard(message);
                    }
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // Enough, or the device is gone.
            }
            finally
            {
                lock (_lock)
                {
                    _listens = false;
                }
            }
        }
    }

    private TimeSpan? Left()
    {
        lock (_lock)
        {
            TimeSpan left = time.GetElapsedTime(time.GetTimestamp(), _until);
            return left > TimeSpan.Zero ? left : null;
        }
    }
}
