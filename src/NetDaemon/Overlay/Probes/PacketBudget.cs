namespace Weft.NetDaemon.Overlay.Probes;

/// <summary>So many packets a second, and no more, however many nodes there are. Thread-safe.</summary>
/// <param name="perSecond">Packets.</param>
/// <param name="time">For the seconds.</param>
internal sealed class PacketBudget(int perSecond, TimeProvider time)
{
    private const int Burst = 8;

    private readonly Lock _lock = new();
    private long _next = long.MinValue;      // when the next one may go, as a timestamp

    /// <summary>Completes when one packet may be sent.</summary>
    public Task TakeAsync(CancellationToken cancellationToken)
    {
        TimeSpan wait;
        lock (_lock)
        {
            long interval = time.TimestampFrequency / perSecond;
            long now = time.GetTimestamp();
            _next = Math.Max(_next, now - (Burst * interval)) + interval;
            wait = time.GetElapsedTime(now, _next);
        }
        return wait <= TimeSpan.Zero ? Task.CompletedTask : Task.Delay(wait, time, cancellationToken);
    }
}
