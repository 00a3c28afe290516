namespace Weft.Dataplane.TrafficControl.Wire;

/// <summary>Attributes of RTM_*QDISC, RTM_*TCLASS, RTM_*TFILTER (linux/rtnetlink.h) and of their kinds (linux/pkt_sched.h, pkt_cls.h).</summary>
internal static class TrafficAttribute
{
    public const ushort Kind = 1;                  // TCA_KIND
    public const ushort Options = 2;               // TCA_OPTIONS

    public const ushort TokenBucketParameters = 1; // TCA_TBF_PARMS
    public const ushort TokenBucketRate64 = 4;     // TCA_TBF_RATE64

    public const ushort HierarchyParameters = 1;   // TCA_HTB_PARMS
    public const ushort HierarchyInit = 2;         // TCA_HTB_INIT
    public const ushort HierarchyRate64 = 6;       // TCA_HTB_RATE64
    public const ushort HierarchyCeiling64 = 7;    // TCA_HTB_CEIL64

    public const ushort FilterClass = 1;           // TCA_U32_CLASSID
    public const ushort FilterTable = 2;           // TCA_U32_HASH
    public const ushort FilterLink = 3;            // TCA_U32_LINK
    public const ushort FilterDivisor = 4;         // TCA_U32_DIVISOR
    public const ushort FilterSelector = 5;        // TCA_U32_SEL
    public const ushort FilterAction = 7;          // TCA_U32_ACT

    public const ushort ActionKind = 1;            // TCA_ACT_KIND
    public const ushort ActionOptions = 2;         // TCA_ACT_OPTIONS
    public const ushort RedirectParameters = 2;    // TCA_MIRRED_PARMS
}
