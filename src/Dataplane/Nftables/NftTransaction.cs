using System.Text;

namespace Weft.Dataplane.Nftables;

/// <summary>
/// Changes to nf_tables that take effect together or not at all. A value: queueing never touches the kernel, and
/// <see cref="ToString"/> is what an operator would type into nft(8). The first operation that cannot be right is remembered and
/// reported at commit. Not thread-safe.
/// </summary>
/// <example><code>
/// var transaction = new NftTransaction();
/// NftTableChanges table = transaction.In(new NftTable(NftFamily.Inet, "weft"));
/// table.Ensure();
/// table.Ensure(new NftChain("forward", new NftBase(NftChainType.Filter, NftHook.Forward, NftPriority.Filter)));
/// table.Append("forward", new NftRule("replies", Match.State(CtState.Established | CtState.Related), Verdict.Accept));
/// socket.Commit(transaction);
/// </code></example>
public sealed class NftTransaction
{
    private readonly List<NftOperation> _operations = [];

    /// <summary>What is queued, in order.</summary>
    public IReadOnlyList<NftOperation> Operations => _operations;

    /// <summary>Whether nothing is queued.</summary>
    public bool IsEmpty => _operations.Count == 0 && Failure is null;

    /// <summary>The first operation that cannot be right, or null.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Where changes to one table are queued.</summary>
    public NftTableChanges In(NftTable table) => new(this, table);

    /// <summary>Queues another transaction's operations behind this one's.</summary>
    public void Append(NftTransaction other)
    {
        ArgumentNullException.ThrowIfNull(other);
        _operations.AddRange(other._operations);
        Failure ??= other.Failure;
    }

    /// <summary>The operations in nft syntax, one a line.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (NftOperation operation in _operations)
        {
            text.Append(operation).Append('\n');
        }
        return text.ToString();
    }

    internal void Add(NftOperation operation) => _operations.Add(operation);

    internal void Fail(Exception failure) => Failure ??= failure;
}
