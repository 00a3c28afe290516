using Weft.Policy.Model;

namespace Weft.NetDaemon.Configuration;

/// <summary>What an operator may choose of policy.</summary>
/// <param name="Settings">How policies are judged: the same on all nodes, or `weft policy explain` says what is not so everywhere.</param>
/// <param name="KeepEstablished">Flows that were allowed when they began go on when policies change.</param>
internal sealed record PolicyOptions(PolicySettings Settings, bool KeepEstablished)
{
    public static readonly PolicyOptions Standard = new(PolicySettings.Default, KeepEstablished: false);
}
