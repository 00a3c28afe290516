using Weft.Contracts.Cni;
using Weft.Dataplane;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Attachments;

/// <content>How attachments end: DEL, and what never came to be.</content>
internal sealed partial class AttachmentService
{
    /// <summary>Undoes an attachment, or what is left of one. Nothing there is success.</summary>
    /// <exception cref="RefusedException">Its address could not be given back; nothing flows any more, and DEL may be repeated.</exception>
    public async Task DetachAsync(AttachmentKey key)
    {
        using (await nodeLock.EnterAsync())
        {
            Detach(key, "DEL");
        }
        await imported.ReleaseAsync(key);
    }

    /// <summary>Undoes an attachment that its plugin gave up. Never throws: what cannot be undone now is undone by a later DEL or restart.</summary>
    public async Task UndoAsync(ulong id, string reason)
    {
        using (await nodeLock.EnterAsync())
        {
            if (table.TryGet(id, out AttachmentRecord? record) && record.State == AttachmentState.Pending)
            {
                TryUndo(record, reason);
            }
        }
    }

    /// <summary>Undoes what a plugin that hangs has not committed in time, and frees imported addresses that could not be freed.</summary>
    public async Task UndoOverdueAsync()
    {
        await imported.SettleAsync();
        DateTimeOffset before = time.GetUtcNow() - WiringTime;
        foreach (AttachmentRecord record in table.All.Where(r => r.State == AttachmentState.Pending && r.Created < before))
        {
            await UndoAsync(record.Id, $"it was not committed within {WiringTime.TotalSeconds:0} s");
        }
    }

    /// <summary>
    /// At start: takes in what the ledger holds, and undoes what cannot be alive: never committed, or of an earlier boot. Its
    /// plugin, if it still runs, is told so by Commit.
    /// </summary>
    public void Restore(IReadOnlyList<AttachmentRecord> records)
    {
        foreach (AttachmentRecord record in records)
        {
            table.Put(record);
            if (!record.LabelsAreKnown)
            {
                lateLabels.Miss(record.Id, AttachRequest.Parser.ParseFrom(record.Options.LabelsWantedFor));
            }
        }
    }

    /// <summary>At start, once rules and bridges are as they should be.</summary>
    public async Task UndoLeftoversAsync()
    {
        foreach (AttachmentRecord record in table.All.Where(r => r.State == AttachmentState.Committed && !r.LabelsAreKnown))
        {
            lateLabels.Begin(record.Id, endpoint => DescribeAsync(record.Id, endpoint));
        }
        foreach (AttachmentRecord record in table.All.Where(r => r.State == AttachmentState.Committed))
        {
            await imported.SettleAsync(record.Key);   // weftd may have ended between the two
        }
        using (await nodeLock.EnterAsync())
        {
            int earlier = 0;
            foreach (AttachmentRecord record in table.All)
            {
                if (record.BootId != node.BootId)
                {
                    earlier += TryUndo(record, "the node has been rebooted") ? 1 : 0;
                }
                else if (record.State == AttachmentState.Pending)
                {
                    TryUndo(record, "weftd ended before it was committed");
                }
            }
            if (earlier > 0)
            {
                AttachmentLog.EarlierBoot(logger, earlier);
            }
        }
    }

    /// <summary>Carries out the DELs that plugins noted while weftd was away.</summary>
    /// <param name="failed">Told of each that could not be; it stays noted.</param>
    public async Task ReplayNotesAsync(Action<string>? failed = null)
    {
        foreach (DetachNote note in notes.Read())
        {
            try
            {
                await ReplayAsync(note);
            }
            catch (Exception e) when (e is RefusedException or KernelException or IOException or UnauthorizedAccessException)
            {
                string about = note.Key?.ToString() ?? note.Path;
                AttachmentLog.UndoFailed(logger, about, e.Message);      // the note stays for the next round
                failed?.Invoke($"the noted DEL of {about}: {e.Message}");
            }
        }
    }

    /// <summary>A DEL that came before this ADD must not be carried out after it.</summary>
    private async Task ReplayNoteOfAsync(AttachmentKey key)
    {
        if (notes.Find(Contracts.WeftPaths.HostInterface(key.Network, key.ContainerId, key.InterfaceName)) is { } note)
        {
            await ReplayAsync(note);
        }
    }

    private async Task ReplayAsync(DetachNote note)
    {
        if (note.Key is { } key)
        {
            using (await nodeLock.EnterAsync())
            {
                // Who was waiting for the lock may have carried it out, and ADD may have come since.
                if (!File.Exists(note.Path))
                {
                    return;
                }
                Detach(key, "DEL while weftd was away");
            }
            await imported.ReleaseAsync(key);
        }
        else
        {
            AttachmentLog.UnreadableNote(logger, note.Path);
        }
        DetachNotes.Remove(note);
    }

    private void Detach(AttachmentKey key, string reason)
    {
        if (table.TryGet(key, out AttachmentRecord? record))
        {
            try
            {
                Undo(record, reason);
            }
            catch (StoreException e)
            {
                throw StoreFailed(e);
            }
            return;
        }
        // Unknown here, but its link may exist: made by a plugin whose attachment had been undone, and that was killed then.
        kernel.RemoveLink(Contracts.WeftPaths.HostInterface(key.Network, key.ContainerId, key.InterfaceName));
    }

    private bool TryUndo(AttachmentRecord record, string reason)
    {
        try
        {
            Undo(record, reason);
            return true;
        }
        catch (Exception e) when (e is StoreException or KernelException)
        {
            AttachmentLog.UndoFailed(logger, record.Key.ToString(), e.Message);
            return false;
        }
    }

    /// <summary>Without its rules every frame of the link is dropped, until it is deleted. Address last: it must not be given out while the old container answers.</summary>
    /// <exception cref="StoreException">The ledger could not be written: all but the address is undone, and it may be repeated.</exception>
    /// <exception cref="KernelException">The kernel did not answer; it may be repeated.</exception>
    private void Undo(AttachmentRecord record, string reason)
    {
        catalog.Current.TryGet(record.WeftNetwork, out NetworkView? network);
        table.Remove(record);       // first: what happens to its link from here on is our doing and nothing to repair
        try
        {
            kernel.Unwire(record, network);
            kernel.Revoke(record);
            ledger.Remove(record.Id, time.GetUtcNow());
        }
        catch
        {
            table.Put(record);
            throw;
        }
        allocator.Release(record.WeftNetwork, record.Addresses.Select(a => a.Address), record.Owner);
        lateLabels.Forget(record.Id);
        endpoints.Withdraw(record);
        AttachmentLog.Detached(logger, record.Key, reason, string.Join(" ", record.Addresses.Select(a => a.Address)));
    }
}
