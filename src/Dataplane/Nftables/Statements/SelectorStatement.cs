namespace Weft.Dataplane.Nftables.Statements;

/// <summary>A match on a selector.</summary>
internal abstract class SelectorStatement(NftSelector selector) : NftStatement
{
    protected NftSelector Selector { get; } = selector;

    internal override string? ReferencedSet => Selector.ReferencedSet;
}
