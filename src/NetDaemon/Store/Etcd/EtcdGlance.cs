namespace Weft.NetDaemon.Store.Etcd;

/// <summary>What one member says of a key.</summary>
/// <param name="Endpoint">The member.</param>
/// <param name="ClusterId">etcd's own, of the cluster that it belongs to.</param>
/// <param name="Revision">The store's.</param>
/// <param name="Entry">The key's, or null when it has none.</param>
/// <param name="Contradicts">Whether that is another cluster, or an older state, than was read before.</param>
internal sealed record EtcdGlance(string Endpoint, ulong ClusterId, long Revision, StoreEntry? Entry, bool Contradicts);
