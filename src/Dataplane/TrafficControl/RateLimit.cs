namespace Weft.Dataplane.TrafficControl;

/// <summary>A token bucket: how fast it fills, and how much passes at once when it is full. Ethernet frames without checksum count.</summary>
/// <param name="BytesPerSecond">The rate; 1 and more.</param>
/// <param name="BurstTicks">The burst as the time in which it passes at the rate, in ticks of 64 ns (PSCHED_SHIFT): as the kernel keeps it.</param>
public readonly record struct RateLimit(ulong BytesPerSecond, uint BurstTicks)
{
    private const ulong TickNanoseconds = 64;
    private const ulong NanosecondsPerSecond = 1_000_000_000;

    /// <summary>The burst in bytes, rounded down as the kernel does.</summary>
    public ulong BurstBytes => (ulong)((UInt128)BurstTicks * TickNanoseconds * BytesPerSecond / NanosecondsPerSecond);

    /// <summary>A limit whose burst is at least so many bytes, and less than 64 ns' worth more.</summary>
    /// <param name="bytesPerSecond">The rate.</param>
    /// <param name="burstBytes">The burst. One that takes longer than 274 s is cut to that.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is 0.</exception>
    public static RateLimit Of(ulong bytesPerSecond, ulong burstBytes)
    {
        ArgumentOutOfRangeException.ThrowIfZero(bytesPerSecond);
        UInt128 perTick = (UInt128)bytesPerSecond * TickNanoseconds;
        UInt128 ticks = (((UInt128)burstBytes * NanosecondsPerSecond) + perTick - 1) / perTick;
        return new RateLimit(bytesPerSecond, ticks > uint.MaxValue ? uint.MaxValue : (uint)ticks);
    }

    /// <summary>As tc(8) takes it.</summary>
    public override string ToString() => $"rate {(UInt128)BytesPerSecond * 8}bit burst {BurstBytes}b";
}
