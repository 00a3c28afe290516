namespace Weft.Dataplane.Nftables;

/// <summary>The verdicts.</summary>
public static class Verdict
{
    /// <summary>The packet passes this hook's chain of this table; other tables still see it.</summary>
    public static NftVerdict Accept { get; } = new(1);

    /// <summary>The packet ends here.</summary>
    public static NftVerdict Drop { get; } = new(0);

    /// <summary>Back to the chain that jumped here, or to the base chain's policy.</summary>
    public static NftVerdict Return { get; } = new(-5);

    /// <summary>On with the next rule.</summary>
    public static NftVerdict Continue { get; } = new(-1);

    /// <summary>On in another chain, and back when it ends.</summary>
    public static NftVerdict Jump(string chain) => new(-3, chain);

    /// <summary>On in another chain, and not back here.</summary>
    public static NftVerdict Goto(string chain) => new(-4, chain);
}
