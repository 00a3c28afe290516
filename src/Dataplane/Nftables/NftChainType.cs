namespace Weft.Dataplane.Nftables;

/// <summary>What a base chain may do.</summary>
public enum NftChainType
{
    /// <summary>Judge packets.</summary>
    Filter,

    /// <summary>Translate addresses; sees the first packet of a connection only.</summary>
    Nat,

    /// <summary>Have packets routed anew after changing them (output).</summary>
    Route,
}
