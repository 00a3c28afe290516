using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Nodes;

/// <summary>Another machine that is alive has this node's name.</summary>
internal sealed class NodeNameTakenException(string message) : StoreException(message);
