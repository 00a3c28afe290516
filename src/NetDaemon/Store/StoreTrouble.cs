namespace Weft.NetDaemon.Store;

/// <param name="Kind">What is wrong.</param>
/// <param name="Since">When it was first seen, since it was last well.</param>
/// <param name="Reason">What the last attempt met, with the endpoint.</param>
/// <param name="NextStep">What the operator can do, one sentence.</param>
internal sealed record StoreTrouble(StoreTroubleKind Kind, DateTimeOffset Since, string Reason, string NextStep)
{
    /// <summary>When what reads are answered from was saved, if that was by an earlier weftd and nothing was read since; else null.</summary>
    public DateTimeOffset? SnapshotOf { get; init; }
}
