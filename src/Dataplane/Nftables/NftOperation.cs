using Weft.Dataplane.Nftables.Operations;

namespace Weft.Dataplane.Nftables;

/// <summary>One step of a transaction: a value that prints itself as the nft(8) command of the same effect.</summary>
public abstract class NftOperation
{
    private protected NftOperation(NftTable table) => Table = table;

    /// <summary>The table that it changes.</summary>
    public NftTable Table { get; }

    /// <summary>What it does in few words, for error messages; <see cref="object.ToString"/> may be long.</summary>
    public virtual string Title => ToString()!;

    internal abstract void Encode(NftBatchEncoder encoder);
}
