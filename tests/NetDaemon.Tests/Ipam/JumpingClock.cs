using Microsoft.Extensions.Time.Testing;

namespace Weft.NetDaemon.Tests.Ipam;

/// <summary>A clock of the test's own whose wall time can be set without time going by.</summary>
internal sealed class JumpingClock : FakeTimeProvider
{
    public TimeSpan WallOffset { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + WallOffset;

    // The base class derives it from GetUtcNow.
    public override long GetTimestamp() => base.GetUtcNow().Ticks;
}
