namespace Weft.Dataplane.Route.Wire;

/// <summary>Attributes of route messages (linux/rtnetlink.h).</summary>
internal static class RouteAttribute
{
    public const ushort Destination = 1;          // RTA_DST
    public const ushort OutputInterface = 4;      // RTA_OIF
    public const ushort Gateway = 5;              // RTA_GATEWAY
    public const ushort Priority = 6;             // RTA_PRIORITY
    public const ushort PreferredSource = 7;      // RTA_PREFSRC
    public const ushort Metrics = 8;              // RTA_METRICS
    public const ushort Multipath = 9;            // RTA_MULTIPATH
    public const ushort Table = 15;               // RTA_TABLE
    public const ushort Via = 18;                 // RTA_VIA: struct rtvia, a gateway of the other family
    public const ushort NexthopId = 30;           // RTA_NH_ID
    public const ushort MetricMtu = 2;            // RTAX_MTU, within RTA_METRICS
    public const ushort MetricAdvMss = 8;         // RTAX_ADVMSS, within RTA_METRICS
}
