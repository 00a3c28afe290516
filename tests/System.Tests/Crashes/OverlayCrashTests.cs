using System.Diagnostics;
using Weft.SystemTests.Lab;
using Weft.TestSupport;
using Xunit.Abstractions;

namespace Weft.SystemTests.Crashes;

/// <summary>weftd dies by SIGKILL while it makes the way to other nodes. Started again, it leaves what it would have without.</summary>
public sealed class OverlayCrashTests(ITestOutputHelper output)
{
    // To the kernel and to etcd alike. Further apart with each: the first ones are where the tables are made.
    private const string Calls = "sendto,sendmsg";
    private static readonly int[] Numbers = [1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 22, 29, 38, 50];

    [KernelFact]
    public async Task During_a_start_that_makes_everything_anew()
    {
        await using Cluster cluster = await Cluster.StartAsync(2);
        (Container a, Container b) = await cluster.AttachPairAsync();
        Node node = cluster[1];
        string before = await KernelState.OverlayAsync(node.Space);
        int deaths = 0;
        foreach (int number in Numbers)
        {
            await node.Weftd.KillAsync();
            await node.Space.ScriptAsync($"ip link del {Cluster.Tunnel}");
            var point = new CrashPoint(Calls, number);
            await using (Weftd dying = Weftd.Start([.. point.Tracer(Path.Combine(node.Scratch, "trace")), .. node.WeftdCommand(node.RunDirectory, node.StateDirectory)]))
            {
                await Until.TrueAsync("it is dead or ready", async () => dying.HasEnded || (await node.WeftAsync("status")).ExitCode == 0, () => $"{point}\n{dying.Log}");
                deaths += dying.HasEnded ? 1 : 0;
                await StopAsync(dying, node);
            }
            await node.StartWeftdAsync();
            Assert.True(before == await KernelState.OverlayAsync(node.Space), $"{point}\n{node.Weftd.Log}");
        }
        await cluster.ReachAsync(a, b);
        Assert.True(deaths > 5, $"only {deaths} deaths");
        output.WriteLine($"{deaths} deaths");
    }

    [KernelFact]
    public async Task While_nodes_come_and_go()
    {
        await using Cluster cluster = await Cluster.StartAsync(3);
        (Container a, Container b) = await cluster.AttachPairAsync();
        Container c = await cluster[3].AttachAsync();
        await cluster.ReachAsync(a, c);
        Assert.Equal(0, await cluster[3].Weftd.StopAsync());
        Node node = cluster[1];
        string with = await KernelState.OverlayAsync(node.Space);
        string record = Path.Combine(node.Scratch, "record");
        await File.WriteAllTextAsync(record, cluster.Etcd.Control("get", "--hex", "--print-value-only", "/weft/v1/nodes/node-3").Trim());
        cluster.Forget(cluster[3]);
        await Until.TrueAsync("node-3 is forgotten", async () => await KernelState.OverlayAsync(node.Space) != with, cluster.Describe);
        string without = await KernelState.OverlayAsync(node.Space);
        int deaths = 0;
        foreach (int number in Numbers.Take(6))
        {
            bool joins = await KernelState.OverlayAsync(node.Space) == without;
            var point = new CrashPoint(Calls, number);
            Weftd weftd = node.Weftd;
            using Process tracer = Tool.Start([.. point.Tracer(Path.Combine(node.Scratch, "trace")), "-p", $"{weftd.ProcessId}"]);
            await Until.TrueAsync("strace has attached", () => tracer.HasExited || DaemonCrashTests.IsTraced(weftd.ProcessId));
            if (joins)
            {
                await cluster.PutHexAsync("/weft/v1/nodes/node-3", record);
            }
            else
            {
                cluster.Forget(cluster[3]);
            }
            await Until.TrueAsync(
                "weftd is dead or has done it",
                async () => DaemonCrashTests.IsDead(weftd.ProcessId) || await KernelState.OverlayAsync(node.Space) == (joins ? with : without), () => $"{point}\n{weftd.Log}");
            tracer.Kill();
            await tracer.WaitForExitAsync();
            if (DaemonCrashTests.IsDead(weftd.ProcessId))
            {
                deaths++;
                await weftd.EndedAsync();
                await node.StartWeftdAsync();
            }
            string expected = joins ? with : without;
            await Until.TrueAsync("all is as it should be", async () => await KernelState.OverlayAsync(node.Space) == expected, () => $"{point}\n{node.Weftd.Log}");
            await cluster.ReachAsync(a, b);
        }
        Assert.True(deaths > 0, "weftd never died");
        output.WriteLine($"{deaths} deaths");
    }

    /// <summary>The tracer is the child; weftd goes with its namespace's socket.</summary>
    private static async Task StopAsync(Weftd dying, Node node)
    {
        if (!dying.HasEnded)
        {
            dying.Signal(Tmds.Linux.LibC.SIGKILL);
            await dying.EndedAsync();
            // Killing strace lets its tracee go on: it holds the state directory until it is gone as well.
            (await Tool.RunAsync(["fuser", "-k", "-s", Path.Combine(node.StateDirectory, "local.db")])).ToString();
            await Until.TrueAsync("weftd is gone", async () => (await Tool.RunAsync(["fuser", "-s", Path.Combine(node.StateDirectory, "local.db")])).ExitCode != 0);
        }
    }
}
