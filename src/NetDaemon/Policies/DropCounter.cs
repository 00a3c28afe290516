using Weft.Policy.Compilation;
using Weft.Policy.Model;

namespace Weft.NetDaemon.Policies;

/// <summary>Named counters of what policies drop, or would drop if they were not staged.</summary>
internal static class DropCounter
{
    public static string NameOf(PolicyName policy, Direction direction, bool staged) =>
        $"{(staged ? "staged" : "drops")}_{(direction == Direction.Ingress ? "in" : "out")}_{ContentHash.Of(policy.ToString())}";
}
