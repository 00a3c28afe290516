using System.Net;
using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Ipam;

/// <summary>What does not agree among blocks, copies, this node's records and its kernel: a pure function of them.</summary>
internal static class AddressFindings
{
    /// <summary>All that is wrong: blocks first, then copies, then this node.</summary>
    public static CheckAddressesReply Find(AuditFacts facts)
    {
        var reply = new CheckAddressesReply();
        List<OwnedBlock> blocks = [];
        foreach (StoreEntry entry in facts.Blocks)
        {
            if (BlockClaims.TryRead(entry) is { } block)
            {
                blocks.Add(block);
            }
            else
            {
                reply.Findings.Add(Finding(FindingKind.Damaged, entry.Key, "", "does not hold the block that it is named for", "restore the key, or delete it if nobody uses the block"));
            }
        }
        reply.Findings.AddRange(OfBlocks(facts, blocks));
        Dictionary<StoreEntry, BlockAllocations?> copies = facts.Copies.ToDictionary(e => e, ReadCopy);
        reply.Findings.AddRange(OfCopies(facts, blocks, copies));
        reply.Findings.AddRange(OfThisNode(facts));
        reply.Blocks = (uint)blocks.Count;
        reply.Nodes = (uint)blocks.Select(b => b.Owner).Where(o => o != 0).Distinct().Count();
        reply.Addresses = (uint)copies.Values.Sum(c => c?.Addresses.Count ?? 0);
        return reply;
    }

    /// <summary>The node that a copy's key is of, or an empty text.</summary>
    public static string NodeOfCopy(StoreEntry copy) =>
        copy.Key[StoreKeys.Allocations.Length..].Split('/') is [{ Length: > 0 } node, _, _] ? node : "";

    private static IEnumerable<AddressFinding> OfBlocks(AuditFacts facts, List<OwnedBlock> blocks)
    {
        Dictionary<string, PoolLayout> pools = [];
        foreach (Pool pool in facts.Pools)
        {
            if (PoolLayout.TryCreate(pool, out PoolLayout? layout, out _))
            {
                pools[pool.Name] = layout;
            }
        }
        OwnedBlock? before = null;
        foreach (OwnedBlock block in blocks.OrderBy(b => b.Cidr))
        {
            string owner = NameOf(facts, block.Owner);
            if (!pools.TryGetValue(block.Pool, out PoolLayout? pool) || !pool.Cidr.Contains(block.Cidr) || pool.BlockSize != block.Cidr.PrefixLength)
            {
                if (block.Owner != 0)
                {
                    yield return Finding(FindingKind.Leaked, $"{block.Cidr}", owner, $"is a block of pool {block.Pool}, which {(pool is null ? "does not exist" : $"is {pool.Cidr} in blocks of /{pool.BlockSize}")}", "give the pool back its range, or delete the key");
                }
            }
            if (block.Owner != 0 && !facts.NodeNames.ContainsKey(block.Owner))
            {
                yield return Finding(FindingKind.Leaked, $"{block.Cidr}", "", $"belongs to node number {block.Owner}, which does not exist", $"it is taken back when nobody has spoken for it for {BlockReclaimer.Bound(BlockFence.DefaultHold).TotalHours:0.#} h");
            }
            if (before is not null && before.Cidr.Overlaps(block.Cidr))
            {
                yield return Finding(FindingKind.Conflict, $"{block.Cidr}", owner, $"overlaps the block {before.Cidr} of pool {before.Pool}", "delete the key of the one that is not of its pool's range");
            }
            before = block;
        }
    }

    private static IEnumerable<AddressFinding> OfCopies(AuditFacts facts, List<OwnedBlock> blocks, Dictionary<StoreEntry, BlockAllocations?> copies)
    {
        var byRange = blocks.ToLookup(b => (b.Pool, Range: b.Cidr.ToString()));
        var users = new Dictionary<(string Network, string Address), string>();
        foreach ((StoreEntry entry, BlockAllocations? copy) in copies.OrderBy(c => c.Key.Key, StringComparer.Ordinal))
        {
            string node = NodeOfCopy(entry);
            if (copy is null)
            {
                yield return Finding(FindingKind.Damaged, entry.Key, node, "does not hold a copy of allocations", "delete the key; its node publishes it anew when weftd is started");
                continue;
            }
            OwnedBlock? block = byRange[(copy.Pool, copy.Cidr)].FirstOrDefault();
            if (block is null || NameOf(facts, block.Owner) != node)
            {
                string who = block is null || block.Owner == 0 ? "nobody has" : $"{NameOf(facts, block.Owner)} has now";
                yield return Finding(
                    facts.NodeNames.Values.Contains(node) ? FindingKind.Conflict : FindingKind.Leaked, copy.Cidr, node,
                    $"{copy.Addresses.Count} of its addresses are in use there, from {copy.Addresses.FirstOrDefault()?.Address} on, but {who} the block",
                    facts.NodeNames.Values.Contains(node) ? "restart those containers: they get other addresses" : "`weft ipam release` with each address forgets it");
            }
            else if (copy.Epoch != block.Epoch)
            {
                yield return Finding(FindingKind.Stale, copy.Cidr, node, $"was published under epoch {copy.Epoch} and is under {block.Epoch}", "see `weft status` on that node");
            }
            foreach (Contracts.V1.AllocatedAddress address in copy.Addresses)
            {
                if (!users.TryAdd((copy.Network, address.Address), node) && users[(copy.Network, address.Address)] is { } other)
                {
                    yield return Finding(FindingKind.Conflict, address.Address, node, $"is in use by {address.Namespace}/{address.Name}, and on node {other} too", "restart the container on the node that does not have its block");
                }
            }
        }
    }

    private static IEnumerable<AddressFinding> OfThisNode(AuditFacts facts)
    {
        string self = NameOf(facts, facts.Node);
        foreach (ConflictingAddress conflict in facts.Conflicts)
        {
            yield return Finding(FindingKind.Conflict, $"{conflict.Address}", self, $"is in use here, but {conflict.Reason}", "restart the container: it gets another address");
        }
        var held = facts.Attachments.SelectMany(a => a.Addresses.Select(d => (a.WeftNetwork, d.Address))).ToHashSet();
        foreach ((string network, IPAddress address) in facts.Used.Where(u => !held.Contains(u)).OrderBy(u => AddressNumber.Of(u.Address)))
        {
            yield return Finding(FindingKind.Leaked, $"{address}", self, $"counts as used in network {network}, and no attachment has it", $"weft ipam release {address}");
        }
        foreach (AttachmentRecord attachment in facts.Attachments.Where(a => a.State == AttachmentState.Committed))
        {
            if (!facts.Kernel.Links.Contains(attachment.HostInterface))
            {
                yield return Finding(FindingKind.Leaked, string.Join(' ', attachment.Addresses.Select(a => a.Address)), self,
                    $"is of {attachment.EndpointNamespace}/{attachment.EndpointName} (container {attachment.Key.ContainerId}), whose interface {attachment.HostInterface} is gone", "delete the container; weftd collects it by itself when its namespace is gone");
                continue;
            }
            foreach (IPAddress address in attachment.Addresses.Select(a => a.Address).Where(a => !facts.Kernel.Routes.Contains(a)))
            {
                yield return Finding(FindingKind.Kernel, $"{address}", self, $"is of {attachment.EndpointNamespace}/{attachment.EndpointName}, and no route leads there", "weftd repairs it within 30 s; see `weft status`");
            }
        }
        foreach (IPAddress address in facts.Kernel.Routes.Where(r => !held.Any(h => h.Address.Equals(r))).OrderBy(AddressNumber.Of))
        {
            yield return Finding(FindingKind.Kernel, $"{address}", self, "is routed to a container that weftd does not know", "weftd removes the route within 30 s; see `weft status`");
        }
    }

    private static string NameOf(AuditFacts facts, uint number) => facts.NodeNames.GetValueOrDefault(number, "");

    /// <summary>A copy, or null when the key does not hold one.</summary>
    internal static BlockAllocations? ReadCopy(StoreEntry entry)
    {
        try
        {
            BlockAllocations copy = BlockAllocations.Parser.ParseFrom(entry.Value.Span);
            return Cidr.TryParse(copy.Cidr, out _) && entry.Key == StoreKeys.AllocationsOf(NodeOfCopy(entry), copy.Pool, copy.Cidr) ? copy : null;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static AddressFinding Finding(FindingKind kind, string subject, string node, string problem, string next) =>
        new() { Kind = kind, Subject = subject, Node = node, Problem = problem, NextStep = next };
}
