using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Nodes;

/// <summary>This node's number is not its own any more: it was forgotten, its name was given to another machine, or a store that lost its data does not know it.</summary>
internal sealed class NodeNumberLostException(string message) : StoreException(message);
