using System.Globalization;

namespace Weft.Scale;

/// <summary>What etcd counts of its watches (/metrics), all clients' together: there is one client that watches, weftd.</summary>
/// <param name="Events">Events that were sent to watchers.</param>
/// <param name="Messages">Messages on watch streams.</param>
internal readonly record struct EtcdCounters(long Events, long Messages)
{
    public static async Task<EtcdCounters> ReadAsync(string etcd)
    {
        using var client = new HttpClient();
        string[] lines = (await client.GetStringAsync(new Uri(new Uri(etcd), "/metrics"))).Split('\n');
        return new EtcdCounters(Of("etcd_debugging_mvcc_events_total"), Of("grpc_server_msg_sent_total{grpc_method=\"Watch\""));

        // A counter that never counted is not listed; one that etcd does not have would be no proof of anything.
        long Of(string name) => lines.Any(l => l.StartsWith(name, StringComparison.Ordinal))
            ? lines.Where(l => l.StartsWith(name, StringComparison.Ordinal)).Sum(l => (long)double.Parse(l[(l.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture))
            : throw new InvalidOperationException($"etcd at {etcd} has no counter {name}");
    }
}
