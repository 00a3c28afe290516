using Weft.Dataplane;
using Weft.NetDaemon.Nodes;

namespace Weft.NetDaemon.Attachments;

/// <summary>
/// Finds attachments whose container is gone although no DEL came (`ctr run -d --cni` never sends one when the task dies) and has them undone.
/// Gone means: the host end vanished from the kernel, which happens when the container's namespace ends, and the namespace's path, where weftd
/// sees it, names it no longer; seen twice, some time apart. Also what an earlier boot left and the start could not undo. A container whose
/// namespace lives is never collected: its deleted interface is reported until it is gone.
/// </summary>
internal sealed class ForgottenContainers(
    AttachmentService service, AttachmentTable table, NodeIdentity node, TimeProvider time, ILogger<ForgottenContainers> logger)
{
    /// <summary>Least time between the two observations: a runtime whose DEL is on its way, namespace first, gets it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private const int MostShown = 6;

    private readonly Lock _lock = new();

    // By attachment id. Changed by whoever looks; one at a time would do, but events and the periodic look may meet.
    private readonly Dictionary<ulong, long> _missingSince = [];
    private readonly SortedDictionary<ulong, AttachmentRecord> _withoutInterface = [];
    private ulong _collected;
    private string _lastCollected = "";

    /// <summary>Looks at every attachment; collects what was missing at an earlier look too.</summary>
    /// <returns>How many were collected.</returns>
    /// <exception cref="KernelException">The links could not be read.</exception>
    public async Task<int> LookAsync()
    {
        IReadOnlySet<string> links = await service.HostLinksAsync();
        int collected = 0;
        IReadOnlyList<AttachmentRecord> all = table.All;
        Prune(all);
        foreach (AttachmentRecord record in all)
        {
            if (Judge(record, links.Contains(record.HostInterface)) is { } reason && await service.CollectForgottenAsync(record.Id, reason))
            {
                collected++;
                lock (_lock)
                {
                    _collected++;
                    _lastCollected = $"{time.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ} {record.Key}, {string.Join(" ", record.Addresses.Select(a => a.Address))}: {reason}";
                }
            }
        }
        return collected;
    }

    /// <summary>As <see cref="LookAsync"/>, but a kernel that does not answer is logged.</summary>
    public async Task TryLookAsync()
    {
        try
        {
            await LookAsync();
        }
        catch (KernelException e)
        {
            AttachmentLog.LookFailed(logger, e.Message);
        }
    }

    /// <summary>An interface was deleted: if its container lives, that is reported at once. Nothing is collected.</summary>
    /// <param name="hostInterface">Name of the host end.</param>
    public void Notice(string hostInterface)
    {
        if (table.CommittedByHostInterface(hostInterface) is { } record)
        {
            Judge(record, hasLink: false);
        }
    }

    /// <summary>Says what is wrong with containers, and what was collected.</summary>
    public void Report(HealthBoard health)
    {
        lock (_lock)
        {
            AttachmentRecord[] damaged = [.. _withoutInterface.Values.Where(r => table.TryGet(r.Id, out _))];
            string collected = _collected == 0 ? "" : $"{_collected} collected that their runtime forgot, the last {_lastCollected}";
            if (damaged.Length > 0)
            {
                health.Degraded(HealthBoard.Containers, string.Join("; ", damaged.Take(MostShown).Select(Describe))
                    + (damaged.Length > MostShown ? $"; and {damaged.Length - MostShown} more" : "")
                    + (collected.Length > 0 ? $" ({collected})" : ""));
                return;
            }
            health.Ok(HealthBoard.Containers, collected.Length > 0 ? collected : "none forgotten by its runtime");
        }
    }

    private static string Describe(AttachmentRecord record) =>
        $"{record.EndpointNamespace}/{record.EndpointName}: its interface {record.Key.InterfaceName} ({record.HostInterface}) was deleted; delete the container";

    /// <summary>Why an attachment is to be collected now, or null.</summary>
    private string? Judge(AttachmentRecord record, bool hasLink)
    {
        if (record.State != AttachmentState.Committed)
        {
            return null;
        }
        if (record.BootId != node.BootId)
        {
            return "the node has been rebooted";
        }
        NamespaceTrace trace = hasLink ? NamespaceTrace.Alive : NamespaceTraces.Find(record);
        lock (_lock)
        {
            if (trace == NamespaceTrace.Alive)
            {
                _missingSince.Remove(record.Id);
                if (hasLink)
                {
                    _withoutInterface.Remove(record.Id);
                }
                else if (_withoutInterface.TryAdd(record.Id, record))
                {
                    AttachmentLog.InterfaceDeleted(logger, record.Key, record.HostInterface);
                }
                return null;
            }
            _withoutInterface.Remove(record.Id);
            long now = time.GetTimestamp();
            if (_missingSince.TryAdd(record.Id, now) || time.GetElapsedTime(_missingSince[record.Id], now) < Patience)
            {
                return null;
            }
        }
        return trace == NamespaceTrace.Gone
            ? $"its namespace {record.Netns} is gone and its runtime sent no DEL"
            : $"its interface is gone, its namespace {record.Netns} cannot be seen, and its runtime sent no DEL";
    }

    private void Prune(IReadOnlyList<AttachmentRecord> all)
    {
        var ids = all.Select(r => r.Id).ToHashSet();
        lock (_lock)
        {
            foreach (ulong id in _missingSince.Keys.Concat(_withoutInterface.Keys).Where(id => !ids.Contains(id)).ToList())
            {
                _missingSince.Remove(id);
                _withoutInterface.Remove(id);
            }
        }
    }
}
