using Weft.Contracts.Cni;
using Weft.Dataplane;
using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Attachments;

/// <content>What ends without a DEL: GC by the runtime, and by weftd itself.</content>
internal sealed partial class AttachmentService
{
    /// <summary>Removes from the kernel whatever belongs to no attachment, and says what could not be. Null: nothing sweeps.</summary>
    public Func<Task<ReconcileReport>>? Sweep { get; set; }

    /// <summary>
    /// Undoes every attachment of a configuration that the runtime does not list as valid, and carries out the DELs that were noted; then removes
    /// what a crash may have left of others: links, rules, routes and neighbours that belong to no attachment.
    /// </summary>
    /// <exception cref="RefusedException">Some could not be undone; all others were.</exception>
    public async Task<CollectReply> CollectAsync(CollectRequest request)
    {
        if (request.Network.Length == 0)
        {
            throw new RefusedException(RefusalReason.BadRequest, "the network name is missing", "correct the network configuration");
        }
        var valid = request.Valid.Select(k => (k.ContainerId, k.InterfaceName)).ToHashSet();
        var reply = new CollectReply();
        var problems = new List<string>();
        bool storeFailed = false;
        foreach (AttachmentRecord record in table.All)
        {
            if (record.Key.Network != request.Network || valid.Contains((record.Key.ContainerId, record.Key.InterfaceName)))
            {
                continue;
            }
            // The lock is taken for each one, so that ADDs of others are not held up by a long list.
            using (await nodeLock.EnterAsync())
            {
                // Not by its key: that may have been attached anew since the list was read.
                if (table.TryGet(record.Id, out AttachmentRecord? current) && current.State == AttachmentState.Committed)
                {
                    try
                    {
                        Undo(current, "GC");
                        reply.Removed++;
                    }
                    catch (Exception e) when (e is StoreException or KernelException)
                    {
                        problems.Add($"{record.Key}: {e.Message}");
                        storeFailed |= e is StoreException;
                    }
                }
            }
        }
        reply.Removed += (uint)await imported.ReleaseExceptAsync(request.Network, valid);
        await ReplayNotesAsync(problems.Add);
        if (Sweep is not null)
        {
            problems.AddRange((await Sweep()).Problems);
        }
        return problems.Count == 0
            ? reply
            : throw new RefusedException(
                storeFailed ? RefusalReason.StoreFailed : RefusalReason.KernelRefused,
                $"{problems.Count} of what GC had to remove {(problems.Count == 1 ? "is" : "are")} still there: {string.Join("; ", problems)}",
                storeFailed ? "run GC again once the state directory is writable" : "see `weft status`, and run GC again");
    }

    /// <summary>Names of all links that look like host ends.</summary>
    /// <exception cref="KernelException">The kernel did not answer.</exception>
    public async Task<IReadOnlySet<string>> HostLinksAsync()
    {
        using (await nodeLock.EnterAsync())
        {
            return kernel.HostLinks();
        }
    }

    /// <summary>Undoes an attachment whose container was seen to be gone. Never throws: what cannot be undone now is tried again at the next look.</summary>
    /// <returns>Whether it was undone.</returns>
    public async Task<bool> CollectForgottenAsync(ulong id, string reason)
    {
        using (await nodeLock.EnterAsync())
        {
            return table.TryGet(id, out AttachmentRecord? record)
                && record.State == AttachmentState.Committed
                && (record.BootId != node.BootId || !kernel.HasLink(record.HostInterface))
                && TryUndo(record, reason);
        }
    }
}
