using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Nodes;

namespace Weft.NetDaemon.Overlay.Probes;

/// <summary>
/// Some devices and hypervisors damage the checksums of tunnelled packets that are left to them: pings pass, and TCP stands still. Where packets with a checksum of software arrive and those
/// others do not, the tunnels' checksums are computed in software from then on, until the next boot: a file remembers it for a weftd that starts anew.
/// </summary>
/// <param name="stateDirectory">Exists.</param>
/// <param name="bootId">Of the running kernel.</param>
/// <param name="kernel">Whose devices they are.</param>
/// <param name="applyAsync">Brings the kernel in line.</param>
/// <param name="health">Where it says what it did.</param>
/// <param name="logger">Likewise.</param>
internal sealed class ChecksumRemedy(
    string stateDirectory, string bootId, NodeKernel kernel, Func<Task> applyAsync, HealthBoard health, ILogger<ChecksumRemedy> logger) : IDisposable
{
    /// <summary>File name within the state directory.</summary>
    public const string FileName = "checksums.software";

    private readonly string _path = Path.Combine(stateDirectory, FileName);
    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>Takes up what an earlier weftd found out in this boot. To be called before the first look at the kernel.</summary>
    public void Restore()
    {
        try
        {
            string[] lines = File.Exists(_path) ? File.ReadAllLines(_path) : [];
            if (lines is [string boot, string node, ..] && boot == bootId)
            {
                kernel.SoftwareChecksums = true;
                ReportRemedy(node);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            OverlayLog.ChecksumsNotRemembered(logger, _path, e.Message);      // it is found out again
        }
    }

    /// <summary>Tries checksums with a node that answers, and acts upon it.</summary>
    public async Task TryAsync(ProbeTarget target, ProbeExchange exchange, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (kernel.SoftwareChecksums == true)
            {
                return;
            }
            switch (await exchange.TryChecksumsAsync(cancellationToken))
            {
                case true:
                    health.Ok(HealthBoard.Checksums, "what is left to devices arrives right");
                    break;
                case false:
                    await RemedyAsync(target, exchange, cancellationToken);
                    break;
            }
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task RemedyAsync(ProbeTarget target, ProbeExchange exchange, CancellationToken cancellationToken)
    {
        kernel.SoftwareChecksums = true;
        await applyAsync();
        if (await exchange.TryChecksumsAsync(cancellationToken) != false)
        {
            OverlayLog.ChecksumsInSoftware(logger, target.Name);
            Remember(target.Name);
            ReportRemedy(target.Name);
            return;
        }
        kernel.SoftwareChecksums = false;
        await applyAsync();
        kernel.SoftwareChecksums = null;
        health.Degraded(
            HealthBoard.Checksums,
            $"packets to node {target.Name} ({target.Underlay}) whose checksums are left to devices are lost, and computing them in software (tx-checksum-ip-generic off) did not help; look at the devices on the way");
    }

    private void Remember(string node)
    {
        try
        {
            string next = _path + ".new";
            File.WriteAllLines(next, [bootId, node]);
            File.Move(next, _path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            OverlayLog.ChecksumsNotRemembered(logger, _path, e.Message);
        }
    }

    private void ReportRemedy(string node) => health.Degraded(
        HealthBoard.Checksums,
        $"packets to node {node} whose checksums are left to this node's devices were lost, so the tunnels' checksums are computed in software (tx-checksum-ip-generic is off), which costs processor time; "
        + $"another driver or hypervisor version mends it. After the next boot it is tried again, or earlier: remove {_path} and restart weftd");
}
