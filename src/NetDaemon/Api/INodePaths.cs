using Weft.Contracts.V1;

namespace Weft.NetDaemon.Api;

/// <summary>What this node found out about the ways to others, for listing it. Thread-safe.</summary>
internal interface INodePaths
{
    /// <summary>The ways to all other nodes, by their names.</summary>
    IReadOnlyDictionary<string, NodePath> ByNode();
}
