namespace Weft.NetDaemon.Store;

/// <summary>What can be wrong with a store that others keep.</summary>
internal enum StoreTroubleKind
{
    /// <summary>It does not answer: reads are answered from what was read last, and nothing is written.</summary>
    Away,

    /// <summary>It answers with less than was read before, or is another one: its answers are not used.</summary>
    Regressed,

    /// <summary>It lost its data, and nodes are putting them back: it is used, but nobody claims blocks before all have.</summary>
    Gathering,
}
