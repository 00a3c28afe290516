using System.Diagnostics;
using Weft.Contracts;
using Weft.SystemTests.Lab;
using Weft.TestSupport;
using Xunit.Abstractions;

namespace Weft.SystemTests.Crashes;

/// <summary>weftd dies by SIGKILL at each of its kernel and store operations of an ADD or DEL. Started again, it leaves nothing.</summary>
public sealed class DaemonCrashTests(ITestOutputHelper output)
{
    // Dying before the next request is dying after the answer to the last one: what is received need not be counted.
    private const string Kernel = "sendto,sendmsg";
    private const string Store = "pwrite64,fdatasync,fsync,ftruncate";

    [KernelFact]
    public Task During_add_at_kernel_operations() => RunAsync(Kernel, AddAsync);

    [KernelFact]
    public Task During_add_at_store_operations() => RunAsync(Store, AddAsync);

    [KernelFact]
    public Task During_del_at_kernel_operations() => RunAsync(Kernel, DelAsync);

    [KernelFact]
    public Task During_del_at_store_operations() => RunAsync(Store, DelAsync);

    private async Task RunAsync(string calls, Func<CrashLab, CrashPoint, Task<Container>> call)
    {
        CrashLab lab = await CrashLab.StartAsync();
        await using Node node = lab.Node;
        int n = 1;
        for (bool died = true; died; n++)
        {
            var point = new CrashPoint(calls, n);
            Container container = await call(lab, point);
            await lab.RequirePolicedAsync(point);
            died = node.Weftd.HasEnded;
            if (died)
            {
                await node.StartWeftdAsync();
            }
            await lab.RequirePolicedAsync(point);
            await lab.RequireCleanAsync(container, point);
        }
        Assert.True(n > 3, $"only {n - 1} calls of {calls} were met: is that what weftd uses?");
        output.WriteLine($"{n - 2} deaths at {calls}");
    }

    private static async Task<Container> AddAsync(CrashLab lab, CrashPoint point)
    {
        Container container = lab.Node.NewContainer();
        CniAnswer answer = await TracedAsync(
            lab, point, container.Call("ADD"), async node => (await node.WeftAsync("get", "endpoints", "-o", "json")).Output.Contains(container.Id, StringComparison.Ordinal)
                || !(await node.Space.LinkNamesAsync()).Any(l => l.StartsWith(WeftPaths.PortPrefix, StringComparison.Ordinal)));
        // A success stays one: what was answered is there after the restart.
        if (answer.IsSuccess && lab.Node.Weftd.HasEnded)
        {
            await lab.Node.StartWeftdAsync();
            Assert.Single(await lab.Node.EndpointsAsync(1));
            await lab.Node.Weftd.KillAsync();
        }
        else if (!answer.IsSuccess)
        {
            Assert.True(answer.Code == 11, $"{point}: {answer.Run}");
        }
        return container;
    }

    private static async Task<Container> DelAsync(CrashLab lab, CrashPoint point)
    {
        Container container = await lab.Node.AttachAsync();
        CniAnswer answer = await TracedAsync(
            lab, point, container.Call("DEL"), async node => !(await node.Space.LinkNamesAsync()).Any(l => l.StartsWith(WeftPaths.PortPrefix, StringComparison.Ordinal))
                && (await node.WeftAsync("get", "endpoints", "-o", "json")).Output.Contains("\"items\": []", StringComparison.Ordinal));
        Assert.True(answer.IsSuccess, $"{point}: {answer.Run}");
        return container;
    }

    /// <summary>Makes a call while weftd is traced, and ends the tracing once weftd is dead or has nothing left to do for it.</summary>
    private static async Task<CniAnswer> TracedAsync(CrashLab lab, CrashPoint point, CniCall call, Func<Node, Task<bool>> isSettled)
    {
        Weftd weftd = lab.Node.Weftd;
        using Process tracer = Tool.Start([.. point.Tracer(lab.TraceFile), "-p", $"{weftd.ProcessId}"]);
        await Until.TrueAsync("strace has attached", () => tracer.HasExited || IsTraced(weftd.ProcessId));
        CniAnswer answer = await lab.Node.CallAsync(call);
        await Until.TrueAsync(
            "weftd is dead or has done all",
            async () => IsDead(weftd.ProcessId) || await isSettled(lab.Node),
            () => $"{point}: {answer.Run}\n{weftd.Log}");
        // Not SIGINT: strace then waits for each thread to stop, for ever if the process is dying. Without a tracer threads just go on.
        tracer.Kill();
        await tracer.WaitForExitAsync();
        if (IsDead(weftd.ProcessId))
        {
            await weftd.EndedAsync();
        }
        return answer;
    }

    internal static bool IsTraced(int pid)
    {
        try
        {
            return Directory.EnumerateDirectories($"/proc/{pid}/task")
                .All(task => !File.ReadAllText(Path.Combine(task, "status")).Contains("TracerPid:\t0\n", StringComparison.Ordinal));
        }
        catch (IOException)
        {
            return false;    // a thread ended meanwhile: look again
        }
    }

    internal static bool IsDead(int pid)
    {
        try
        {
            string status = File.ReadAllText($"/proc/{pid}/status");
            return status.Contains("State:\tZ", StringComparison.Ordinal) || status.Contains("State:\tX", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true;
        }
    }
}
