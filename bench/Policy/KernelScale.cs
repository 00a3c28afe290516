using System.Diagnostics;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Nftables;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Configuration;
using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Policies;
using Weft.Policy.Model;

namespace Weft.PolicyBench;

/// <summary>
/// What do policies cost weftd, from what it is told to what the kernel has? A whole load, then single changes: a container starts and ends here, one starts and ends elsewhere, a policy
/// is written. One node of 100 that share the endpoints.
/// </summary>
internal static class KernelScale
{
    private const string Here = "n0";
    private const int Repetitions = 200;

    public static void Run(TextWriter writer)
    {
        Measure(TextWriter.Null, 200, 20);     // code is compiled now
        writer.WriteLine("milliseconds of weftd and kernel together, median and 99th percentile; messages: of nf_tables in one transaction");
        writer.WriteLine("endpoints policies | load | nothing changed | container here + p50 p99 messages | - p50 p99 | first of its class + p50 p99 messages | container elsewhere + p50 p99 messages | policy p50 p99 messages");
        foreach ((int endpoints, int policies) in (List<(int, int)>)[(100, 10), (10_000, 1000), (10_000, 2000)])
        {
            Measure(writer, endpoints, policies);
        }
    }

    private static void Measure(TextWriter writer, int endpoints, int policies)
    {
        using NetworkNamespace node = NetworkNamespace.Create();
        using Firewall firewall = Firewall.Open(NftablesOwner.Auto, node);
        PolicyWorld world = Worlds.World(endpoints, policies);
        long start = Stopwatch.GetTimestamp();
        var engine = new PolicyEngine(Here, PolicySettings.Default);
        Tell(engine, world);
        List<AttachmentRecord> own = [.. world.Endpoints.Values.Where(endpoint => endpoint.Node == Here).Select((endpoint, i) => Records.Of(endpoint, (ulong)i + 1))];
        own.ForEach(engine.Set);
        Require(firewall.Reconcile(NetworkSnapshot.Empty, [], own, null, engine.State()));
        double load = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        start = Stopwatch.GetTimestamp();
        Require(firewall.Reconcile(NetworkSnapshot.Empty, [], own, null, engine.State()));
        double nothing = Stopwatch.GetElapsedTime(start).TotalMilliseconds;

        // Counts what each step sends.
        var shadow = new PolicyTables(ownNodeAlwaysReachable: false);
        shadow.AddTo(new NftRuleset(RoutedRules.Table), engine.State(), [], null);
        shadow.Committed();
        int Messages(PolicyStep step)
        {
            var transaction = new NftTransaction();
            shadow.Queue(transaction, step);
            shadow.Committed();
            return transaction.Operations.Count;
        }
        int here = 0;
        int first = 0;
        int elsewhere = 0;
        int written = 0;
        List<double> added = [];
        List<double> removed = [];
        List<double> novel = [];
        List<double> joined = [];
        List<double> policy = [];
        (int Messages, double On, double Off) Come(PolicyEndpoint endpoint, ulong id)
        {
            AttachmentRecord record = Records.Of(endpoint, id);
            PolicyStep step = PolicyStep.None;
            double on = Time(() =>
            {
                engine.Set(record);
                firewall.Permit(record, [], step = engine.Take());
            });
            int messages = Messages(step);
            double off = Time(() =>
            {
                firewall.Revoke(record);
                engine.Remove(record);
                firewall.Change(step = engine.Take());
            });
            Messages(step);
            return (messages, on, off);
        }
        for (int i = 0; i < Repetitions; i++)
        {
            PolicyStep step = PolicyStep.None;
            // Of a class that containers here have, and of one that none has.
            (int messages, double on, double off) = Come(Worlds.Endpoint(endpoints + (100 * (i + 10)), policies, Here), 1_000_000UL + (ulong)i);
            here = Math.Max(here, messages);
            added.Add(on);
            removed.Add(off);
            (messages, on, _) = Come(Worlds.Endpoint(endpoints + 50_001 + i, policies, Here), 2_000_000UL + (ulong)i);
            first = Math.Max(first, messages);
            novel.Add(on);
            PolicyEndpoint other = Worlds.Endpoint(endpoints + 2000 + i, policies, "n1");
            joined.Add(Time(() =>
            {
                engine.Set(other);
                firewall.Change(step = engine.Take());
            }));
            elsewhere = Math.Max(elsewhere, Messages(step));
            engine.Remove(other.Name);
            firewall.Change(step = engine.Take());
            Messages(step);
            policy.Add(Time(() =>
            {
                engine.Set(Worlds.Policy(i % policies, policies, (ushort)(1000 + i)));
                firewall.Change(step = engine.Take());
            }));
            written = Math.Max(written, Messages(step));
        }
        writer.WriteLine($"{endpoints,9} {policies,8} | {load,4:f0} | {nothing,4:f0} | {At(added, 50):f2} {At(added, 99):f2} {here} | {At(removed, 50):f2} {At(removed, 99):f2} | {At(novel, 50):f2} {At(novel, 99):f2} {first} | {At(joined, 50):f2} {At(joined, 99):f2} {elsewhere} | {At(policy, 50):f2} {At(policy, 99):f2} {written}");
    }

    public static void Tell(PolicyEngine engine, PolicyWorld world)
    {
        foreach ((string name, Policy.Labels.LabelSet labels) in world.Namespaces)
        {
            engine.SetNamespace(name, labels);
        }
        foreach (PolicyDefinition policy in world.Policies.Values)
        {
            engine.Set(policy);
        }
        foreach (PolicyEndpoint endpoint in world.Endpoints.Values.Where(endpoint => endpoint.Node != engine.Node))
        {
            engine.Set(endpoint);
        }
    }

    public static void Require(ReconcileReport report)
    {
        if (report.Problems.Count > 0)
        {
            throw new InvalidOperationException(report.Problems[0]);
        }
    }

    private static double Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static double At(List<double> times, int percent)
    {
        times.Sort();
        return times[(times.Count - 1) * percent / 100];
    }
}
