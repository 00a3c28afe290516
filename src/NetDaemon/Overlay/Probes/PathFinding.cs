namespace Weft.NetDaemon.Overlay.Probes;

/// <summary>What was found of the way to a node.</summary>
/// <param name="State">How it is.</param>
/// <param name="Fits">Bytes of the largest container's packet that arrives; 0: none does, or it is not known.</param>
internal readonly record struct PathFinding(PathState State, int Fits = 0)
{
    /// <summary>Whether somebody must be told.</summary>
    public bool IsProblem => State is PathState.Narrow or PathState.Fragmented or PathState.Silent;
}
