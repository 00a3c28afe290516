using Weft.Contracts.V1;

namespace Weft.NetDaemon.Nodes;

/// <summary>This node's record as it is to be published, replaced whole when its underlay changes. Thread-safe.</summary>
internal sealed class OwnNode(Node record)
{
    private volatile Node _record = record;

    /// <summary>The record. Not to be changed.</summary>
    public Node Record
    {
        get => _record;
        set => _record = value;
    }
}
