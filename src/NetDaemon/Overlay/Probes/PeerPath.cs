namespace Weft.NetDaemon.Overlay.Probes;

/// <summary>What is kept of the way to a node: some 200 bytes, however long it lives.</summary>
internal sealed class PeerPath(ProbeTarget target)
{
    public ProbeTarget Target { get; set; } = target;

    /// <summary>When it is tried next, as a timestamp.</summary>
    public long Due { get; set; }

    /// <summary>Whether it is being tried.</summary>
    public bool IsBusy { get; set; }

    /// <summary>What holds of it.</summary>
    public PathFinding Finding { get; set; }

    /// <summary>How often in a row nobody answered.</summary>
    public int SilentTimes { get; set; }

    /// <summary>When it was tried last; null: never.</summary>
    public DateTimeOffset? Tried { get; set; }

    /// <summary>How long an answer took.</summary>
    public TimeSpan? RoundTrip { get; set; }

    /// <summary>When checksums are tried again, as a timestamp.</summary>
    public long ChecksumDue { get; set; }
}
