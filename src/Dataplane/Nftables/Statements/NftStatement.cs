using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Statements;

namespace Weft.Dataplane.Nftables;

/// <summary>
/// One part of a rule, as nft(8) counts them: a match, an action or a verdict. Immutable. Prints itself in nft syntax. Made by
/// <see cref="Match"/>, <see cref="Statement"/> and <see cref="Verdict"/>.
/// </summary>
public abstract class NftStatement
{
    private protected NftStatement()
    {
    }

    /// <summary>The set or map that it looks up, or null.</summary>
    internal virtual string? ReferencedSet => null;

    /// <summary>A second set or map that it looks up, or null.</summary>
    internal virtual string? SecondReferencedSet => null;

    /// <summary>The chain that it jumps to, or null.</summary>
    internal virtual string? ReferencedChain => null;

    /// <summary>A set that exists only for this statement and must be made before the rule, or null.</summary>
    internal virtual AnonymousSet? Anonymous => null;

    /// <summary>Writes the kernel's expressions for it.</summary>
    internal abstract void Write(ref NetlinkWriter writer, RuleContext context);
}
