using Weft.Contracts.V1;
using Weft.NetDaemon.Api;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Nodes;

/// <summary>Puts together what `weft status` shows.</summary>
internal sealed class NodeStatus(
    OwnNode own, IStore store, HealthBoard health, AttachmentTable attachments, AttachmentLedger ledger, AddressAllocator allocator, NetworkCatalog catalog,
    ForgottenContainers forgotten, OthersForwarding forwarding, TimeProvider time)
    : INodeStatus
{
    private readonly long _started = time.GetTimestamp();

    public StatusReply Snapshot()
    {
        IReadOnlyList<Ipam.PoolUsage> usage = allocator.Usage([.. catalog.Current.Pools], catalog.Current.WithheldOf);
        Judge(usage);
        JudgeStore();
        forgotten.Report(health);
        forwarding.Report(health);
        (int committed, int pending) = attachments.Count;
        var reply = new StatusReply
        {
            Node = own.Record.Clone(),
            Attachments = (uint)committed,
            PendingAttachments = (uint)pending,
            UptimeMs = (long)time.GetElapsedTime(_started).TotalMilliseconds,
            Store = store.Kind,
        };
        reply.Pools.AddRange(usage.Select(u => new Contracts.V1.PoolUsage
        {
            Pool = u.Pool,
            Network = u.Network,
            Cidr = u.Cidr.ToString(),
            Used = (uint)u.Used,
            Cooling = (uint)u.Cooling,
            Free = u.Free.ToString(),
            Blocks = (uint)u.Blocks.Count,
        }));
        health.FillIn(reply);
        return reply;
    }

    private void JudgeStore()
    {
        try
        {
            ledger.RequireRoom();
            if (store.Trouble is { } trouble)
            {
                health.Degraded(HealthBoard.Store, Describe(trouble));
            }
            else
            {
                health.Ok(HealthBoard.Store, store.Location is { } location ? $"{store.Kind}, at {location}" : $"{store.Kind}, in {ledger.Directory}");
            }
        }
        catch (StoreException e)
        {
            health.Failed(HealthBoard.Store, $"{e.Message}: new containers are refused; {e.NextStep}");
        }
    }

    private string Describe(StoreTrouble trouble)
    {
        string what = trouble.Kind switch
        {
            StoreTroubleKind.Away => "away",
            StoreTroubleKind.Gathering => "not whole",
            _ => "not what it was",
        };
        string waits = trouble.Kind == StoreTroubleKind.Gathering && allocator.WaitsFor is { Count: > 0 } missing ? $" (to be heard of: {string.Join(", ", missing)})" : "";
        string snapshot = trouble.SnapshotOf is { } saved ? $", and this node works on what it knew at {saved:yyyy-MM-ddTHH:mm:ssZ}" : "";
        return $"the store is {what} since {trouble.Since:yyyy-MM-ddTHH:mm:ssZ}{snapshot}: {trouble.Reason}{waits}; containers start in this node's blocks only, which have {allocator.Available} address(es) left{Until()}; {trouble.NextStep}";
    }

    private string Until() => allocator.FenceLeft is { } left
        ? left > TimeSpan.Zero ? $", until {time.GetUtcNow() + left:yyyy-MM-ddTHH:mm:ssZ}" : ", and none may be given out until it is back"
        : "";

    private void Judge(IReadOnlyList<Ipam.PoolUsage> usage)
    {
        // A network is out of addresses of a family when all of its pools are.
        string[] full = [.. usage.GroupBy(u => (u.Network, u.Family)).Where(g => g.All(u => u.Free == 0)).SelectMany(g => g).Select(u => $"pool {u.Pool} ({u.Cidr}: {u.Used} in use, {u.Cooling} cooling)")];
        if (allocator.FenceLeft <= TimeSpan.Zero)
        {
            health.Failed(HealthBoard.Addresses, "the store has not confirmed this node's blocks for too long, or not since the node was booted: new containers are refused, what runs is not affected; "
                + "see the condition store");
        }
        else if (allocator.Conflicts.Count > 0)
        {
            ConflictingAddress first = allocator.Conflicts[0];
            health.Degraded(HealthBoard.Addresses, $"{first.Address} of network {first.Network} is in use here but should not be: {first.Reason}");
        }
        else if (full.Length > 0)
        {
            health.Degraded(HealthBoard.Addresses, $"no free address in {string.Join(", ", full)}; add a Pool with `weft apply -f`");
        }
        else
        {
            health.Ok(HealthBoard.Addresses, usage.Count == 0 ? "no pools" : "every pool has free addresses");
        }
    }
}
