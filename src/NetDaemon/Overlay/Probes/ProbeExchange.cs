namespace Weft.NetDaemon.Overlay.Probes;

/// <summary>Questions to one node: each is sent up to three times until it is answered.</summary>
internal sealed class ProbeExchange(ProbeWire wire, ProbeTarget target, PacketBudget budget, TimeProvider time)
{
    private const int Copies = 3;
    private const int RoundTrips = 8;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(300);

    // Until an answer has told how long one takes.
    private TimeSpan _patience = Longest;

    /// <summary>How long the last answer took; null: there was none.</summary>
    public TimeSpan? RoundTrip { get; private set; }

    /// <summary>Whether a packet of a size arrives.</summary>
    public Task<bool> AskAsync(int size, bool mayFragment, CancellationToken cancellationToken) =>
        AskAsync(token => wire.TrySend(target, ProbeKind.Ask, token, target.InnerSize(size), mayFragment), cancellationToken);

    /// <summary>Whether checksums arrive right that are left to devices: null when that is not known, because others do not arrive either.</summary>
    public async Task<bool?> TryChecksumsAsync(CancellationToken cancellationToken)
    {
        bool? result = null;
        // Twice, for what is concluded from it lasts.
        for (int round = 0; round < 2; round++)
        {
            if (!await AskAsync(token => wire.TrySend(target, ProbeKind.Listen, token), cancellationToken))
            {
                return null;
            }
            if (await ChecksumAsync(leftToDevice: true, cancellationToken))
            {
                return true;
            }
            if (!await ChecksumAsync(leftToDevice: false, cancellationToken))
            {
                return null;
            }
            result = false;
        }
        return result;
    }

    private Task<bool> ChecksumAsync(bool leftToDevice, CancellationToken cancellationToken) => AskAsync(
        token =>
        {
            wire.SendChecksum(target, token, leftToDevice);
            return true;
        },
        cancellationToken);

    private async Task<bool> AskAsync(Func<ulong, bool> send, CancellationToken cancellationToken)
    {
        (ulong token, Task answered) = wire.Expect();
        try
        {
            long started = time.GetTimestamp();
            for (int copy = 0; copy < Copies; copy++)
            {
                await budget.TakeAsync(cancellationToken);
                if (!send(token))
                {
                    return false;
                }
                TimeSpan wait = copy == Copies - 1 ? _patience : _patience / Copies;
                if (await IsDoneAsync(answered, wait, cancellationToken))
                {
                    RoundTrip = time.GetElapsedTime(started);
                    _patience = TimeSpan.FromTicks(Math.Clamp(RoundTrip.Value.Ticks * RoundTrips, Shortest.Ticks, Longest.Ticks));
                    return true;
                }
            }
            return false;
        }
        finally
        {
            wire.Forget(token);
        }
    }

    private async Task<bool> IsDoneAsync(Task answered, TimeSpan within, CancellationToken cancellationToken)
    {
        using var given = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(answered, Task.Delay(within, time, given.Token));
        await given.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return answered.IsCompleted;
    }
}
