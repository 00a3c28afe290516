using System.Globalization;
using Weft.Contracts.V1;

namespace Weft.Cli.Output;

/// <summary>`weft status -o json` in the shape of the other objects, kind NodeStatus.</summary>
internal static class StatusDocument
{
    public static DocObject Of(StatusReply reply) => ResourceDocument.Shape(
        "NodeStatus",
        new() { { "name", reply.Node?.Name ?? "" } },
        [],
        new()
        {
            { "health", HealthOf(reply.Health) },
            { "version", reply.Node?.Version ?? "" },
            { "number", reply.Node?.Number ?? 0 },
            { "underlayAddresses", DocValue.ListOf(reply.Node?.UnderlayAddresses ?? []) },
            { "uplink", reply.Node?.Uplink ?? "" },
            { "mtu", reply.Node?.Mtu ?? 0 },
            { "startedAt", ResourceDocument.Time(reply.Node?.StartedUnixMs ?? 0) },
            { "uptimeSeconds", (ulong)Math.Max(0, reply.UptimeMs / 1000) },
            { "store", reply.Store },
            { "attachments", reply.Attachments },
            { "pendingAttachments", reply.PendingAttachments },
            { "repairs", reply.Repairs },
            { "lastRepair", reply.LastRepair },
            { "reconcileOperations", reply.ReconcileOperations },
            { "conditions", new DocValue.List([.. reply.Conditions.Select(Of)]) },
            { "pools", new DocValue.List([.. reply.Pools.Select(Of)]) },
        });

    /// <summary>OK, Degraded, Failed or Unknown.</summary>
    public static string HealthOf(Health health) => health switch
    {
        Health.Ok => "OK",
        Health.Degraded => "Degraded",
        Health.Failed => "Failed",
        _ => "Unknown",
    };

    /// <summary>Such as "3d 4h", "12m 5s".</summary>
    public static string DurationOf(long milliseconds)
    {
        var time = TimeSpan.FromMilliseconds(Math.Max(0, milliseconds));
        string text = time switch
        {
            { TotalDays: >= 1 } => $"{(int)time.TotalDays}d {time.Hours}h",
            { TotalHours: >= 1 } => $"{time.Hours}h {time.Minutes}m",
            { TotalMinutes: >= 1 } => $"{time.Minutes}m {time.Seconds}s",
            _ => $"{time.Seconds}s",
        };
        return text.ToString(CultureInfo.InvariantCulture);
    }

    private static DocObject Of(Condition condition) => new()
    {
        { "name", condition.Name },
        { "health", HealthOf(condition.Health) },
        { "message", condition.Message },
    };

    private static DocObject Of(PoolUsage pool) => new()
    {
        { "pool", pool.Pool },
        { "network", pool.Network },
        { "cidr", pool.Cidr },
        { "used", pool.Used },
        { "cooling", pool.Cooling },
        { "free", pool.Free },
        { "blocks", pool.Blocks },
    };
}
