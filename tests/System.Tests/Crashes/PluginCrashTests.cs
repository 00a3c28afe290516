using Weft.SystemTests.Lab;
using Weft.TestSupport;
using Xunit.Abstractions;

namespace Weft.SystemTests.Crashes;

/// <summary>weft-cni dies by SIGKILL at each of its system calls that others can see. DEL or GC must leave nothing.</summary>
public sealed class PluginCrashTests(ITestOutputHelper output)
{
    private const string Talking = "connect,sendto,sendmsg,recvfrom,recvmsg,read,write,close";
    private const string Wiring = "socket,bind,setns,sendto,sendmsg,recvmsg,recvfrom";
    private const string Noting = "openat,mkdir,write,pwrite64,fsync,rename,unlink,unlinkat,sendto,sendmsg,fchmod";

    [KernelFact]
    public Task During_add_while_it_talks() => DuringAddAsync(Talking);

    [KernelFact]
    public Task During_add_while_it_wires() => DuringAddAsync(Wiring);

    [KernelFact]
    public async Task During_del()
    {
        CrashLab lab = await CrashLab.StartAsync();
        await using Node node = lab.Node;
        int deaths = await UntilUnharmedAsync(async point =>
        {
            Container container = await node.AttachAsync();
            Finished run = await node.RunPluginAsync(container.Call("DEL"), point.Tracer(lab.TraceFile));
            await lab.RequirePolicedAsync(point);
            await lab.RequireCleanAsync(container, point);
            return run.ExitCode;
        }, Talking);
        output.WriteLine($"{deaths} deaths");
    }

    [KernelFact]
    public async Task During_del_while_weftd_is_down()
    {
        CrashLab lab = await CrashLab.StartAsync();
        await using Node node = lab.Node;
        int deaths = await UntilUnharmedAsync(async point =>
        {
            Container container = await node.AttachAsync();
            await node.Weftd.KillAsync();
            Finished run = await node.RunPluginAsync(container.Call("DEL"), point.Tracer(lab.TraceFile));
            await lab.RequirePolicedAsync(point);
            await node.StartWeftdAsync();
            await lab.RequireCleanAsync(container, point);
            return run.ExitCode;
        }, Noting);
        output.WriteLine($"{deaths} deaths");
    }

    private async Task DuringAddAsync(string calls)
    {
        CrashLab lab = await CrashLab.StartAsync();
        await using Node node = lab.Node;
        int deaths = await UntilUnharmedAsync(async point =>
        {
            Container container = node.NewContainer();
            Finished run = await node.RunPluginAsync(container.Call("ADD"), point.Tracer(lab.TraceFile));
            await lab.RequirePolicedAsync(point);
            await lab.RequireCleanAsync(container, point);
            return run.ExitCode;
        }, calls);
        output.WriteLine($"{deaths} deaths at {calls}");
    }

    /// <summary>Repeats with the next call each time, until there is no such call any more.</summary>
    /// <param name="run">Kills at a point, checks, and returns the plugin's exit code.</param>
    private static async Task<int> UntilUnharmedAsync(Func<CrashPoint, Task<int>> run, string calls)
    {
        for (int n = 1; ; n++)
        {
            int exitCode = await run(new CrashPoint(calls, n));
            if (exitCode != CrashPoint.Killed)
            {
                Assert.Equal(0, exitCode);
                Assert.True(n > 3, $"only {n - 1} calls of {calls} were met: is that what the plugin uses?");
                return n - 1;
            }
        }
    }
}
