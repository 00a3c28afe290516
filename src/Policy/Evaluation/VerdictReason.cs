namespace Weft.Policy.Evaluation;

/// <summary>Why one side of a flow is allowed or denied.</summary>
public enum VerdictReason
{
    /// <summary>That end is outside, or a node that no policy is about: it has no side.</summary>
    NoSide,

    /// <summary>Both ends are the same.</summary>
    Itself,

    /// <summary>A pod's own node reaches it always.</summary>
    OwnNode,

    /// <summary>A port of a node that no host policy closes.</summary>
    FailSafe,

    /// <summary>A rule decided.</summary>
    Rule,

    /// <summary>Policies isolate it in this direction, and none of their rules matches.</summary>
    DefaultDeny,

    /// <summary>No policy decided: allowed.</summary>
    NotIsolated,
}
