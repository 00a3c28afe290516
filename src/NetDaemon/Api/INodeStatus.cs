using Weft.Contracts.V1;

namespace Weft.NetDaemon.Api;

/// <summary>How this node is doing, as `weft status` shows it. Thread-safe.</summary>
internal interface INodeStatus
{
    /// <summary>A message of its own for each call.</summary>
    StatusReply Snapshot();
}
