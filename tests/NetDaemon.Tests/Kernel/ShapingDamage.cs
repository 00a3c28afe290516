namespace Weft.NetDaemon.Tests.Kernel;

/// <summary>What somebody can do to the bandwidth limits of a node's first limited container.</summary>
internal static class ShapingDamage
{
    /// <summary>Commands; PORT stands for the container's host end.</summary>
    public static TheoryData<string> All => new()
    {
        "tc qdisc del dev PORT root",
        "tc qdisc replace dev PORT root handle 1: tbf rate 1gbit burst 100k limit 131072",
        "tc qdisc replace dev PORT root pfifo",
        "tc qdisc del dev PORT clsact",
        "tc filter del dev PORT ingress",
        "tc filter del dev PORT ingress prio 22513 protocol ipv6 u32",
        "tc qdisc del dev weft-shape root",
        "tc filter del dev weft-shape parent 1:",
        "tc class change dev weft-shape parent 1: classid 1:2 htb rate 1gbit",
        "tc qdisc del dev weft-shape parent 1:2 handle 2:",
        "tc class add dev weft-shape parent 1: classid 1:99 htb rate 1gbit",
        "ip link del weft-shape",
        "ip link set weft-shape down",
    };
}
