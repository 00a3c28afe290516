namespace Weft.NetDaemon.Store;

/// <summary>What every store asks of a transaction, and how it is named in messages.</summary>
internal static class StoreTxnRules
{
    /// <summary>Most operations in one transaction (etcd's --max-txn-ops where nobody changed it).</summary>
    public const int MaximumOperations = 128;

    /// <exception cref="ArgumentException">It has too many operations, an empty key, or a key that is written twice.</exception>
    public static void Require(StoreTxn txn)
    {
        ArgumentNullException.ThrowIfNull(txn);
        if (txn.Operations.Count > MaximumOperations)
        {
            throw new ArgumentException($"{txn.Operations.Count} operations in one transaction; {MaximumOperations} is the most", nameof(txn));
        }
        HashSet<string> keys = [];
        foreach (StoreOperation operation in txn.Operations)
        {
            ArgumentException.ThrowIfNullOrEmpty(operation.Key);
            if (!keys.Add(operation.Key))
            {
                throw new ArgumentException($"{operation.Key} is written twice in one transaction", nameof(txn));
            }
        }
    }

    /// <summary>What it attempts, as in "write /a and 2 more".</summary>
    public static string Describe(StoreTxn txn) => txn.Operations.Count switch
    {
        0 => "compare keys",
        1 => $"write {txn.Operations[0].Key}",
        int count => $"write {txn.Operations[0].Key} and {count - 1} more",
    };
}
