namespace Weft.NetDaemon.Store;

/// <summary>
/// The store is older than what was read from it before, or another one: its data was lost, restored from a backup, or its address leads
/// elsewhere now. What it lacks is no reason to withdraw anything.
/// </summary>
/// <param name="message">What was found, with the store's name.</param>
/// <param name="known">The highest revision that was read before.</param>
/// <param name="found">The revision that the store says it has.</param>
internal sealed class StoreRegressedException(string message, long known, long found) : StoreException(message)
{
    /// <summary>The highest revision that was read before.</summary>
    public long Known { get; } = known;

    /// <summary>The revision that the store says it has. Not below <see cref="Known"/> when it is another store.</summary>
    public long Found { get; } = found;
}
