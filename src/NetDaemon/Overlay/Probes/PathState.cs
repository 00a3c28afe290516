namespace Weft.NetDaemon.Overlay.Probes;

/// <summary>How the way to another node is.</summary>
internal enum PathState
{
    /// <summary>Not tried yet.</summary>
    Unknown,

    /// <summary>The largest packets arrive.</summary>
    Open,

    /// <summary>The largest packets are lost, smaller ones arrive.</summary>
    Narrow,

    /// <summary>The largest packets arrive in pieces only.</summary>
    Fragmented,

    /// <summary>Nothing arrives.</summary>
    Silent,

    /// <summary>Its weftd does not run, so nobody answers: nothing is known of the way.</summary>
    Away,
}
