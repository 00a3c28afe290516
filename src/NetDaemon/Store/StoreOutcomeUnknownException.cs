namespace Weft.NetDaemon.Store;

/// <summary>
/// A transaction was sent and its answer was lost: it may have been done, or be done yet. The store does not repeat it. Whoever sent it
/// reads its keys and goes on from what they hold; one with a condition on what it writes may simply be sent again, for at most one of the two is done.
/// </summary>
internal sealed class StoreOutcomeUnknownException(string message, Exception? inner = null) : StoreException(message, inner);
