namespace Weft.Policy.Model;

/// <summary>What an operator may choose where upstream leaves it open.</summary>
/// <param name="FailSafe">Ports of nodes that host policies do not close.</param>
/// <param name="OwnNodeAlwaysReachable">A pod reaches its own node whatever its egress policies say. Off: they decide.</param>
public sealed record PolicySettings(FailSafePorts FailSafe, bool OwnNodeAlwaysReachable)
{
    public static readonly PolicySettings Default = new(FailSafePorts.Default, OwnNodeAlwaysReachable: false);
}
