using System.Globalization;
using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.Manifests.Yaml;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Manifests;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Store;
using Endpoint = Weft.Contracts.V1.Endpoint;

namespace Weft.NetDaemon.Api;

internal sealed partial class ResourceStore
{
    /// <summary>Lets a node give out no addresses, or give them out again; then it is not drained any more either.</summary>
    /// <returns>Whether anything changed.</returns>
    /// <exception cref="ResourceException">There is no such node.</exception>
    /// <exception cref="StoreException">The store did not answer, or the node's record cannot be read.</exception>
    public Task<bool> CordonAsync(string name, bool cordoned, CancellationToken cancellationToken) => ChangeNodeAsync(
        name,
        node =>
        {
            node.Cordoned = cordoned;
            node.Draining &= cordoned;
        },
        cancellationToken);

    /// <summary>Has a node give out no addresses, and give back every block and moved address that nothing there uses. May be asked again, to see what is left.</summary>
    /// <exception cref="ResourceException">There is no such node, or no other node that could use what it gives back.</exception>
    /// <exception cref="StoreException">The store did not answer, or the node's record cannot be read.</exception>
    public async Task<DrainNodeReply> DrainAsync(string name, CancellationToken cancellationToken)
    {
        if (store.Kind == EmbeddedStore.KindName)
        {
            throw new ResourceException(
                RefusalReason.InUse, $"node {Quoted.Text(name)} shares its store with no other node, so its blocks would be nobody's to use; `weft node cordon {name}` keeps new containers away");
        }
        var reply = new DrainNodeReply
        {
            Changed = await ChangeNodeAsync(name, node => (node.Cordoned, node.Draining) = (true, true), cancellationToken),
        };
        Node node = (await ListNodesAsync(cancellationToken)).Select(r => r.Node).FirstOrDefault(n => n.Name == name) ?? throw NoSuchNode(name);
        (reply.Readiness, reply.Blocks, reply.Moved) = (node.Readiness, node.Blocks, node.Moved);
        reply.Endpoints.AddRange((await EndpointsOfAsync(name, cancellationToken)).Select(e => e.Endpoint));
        return reply;
    }

    private async Task<bool> ChangeNodeAsync(string name, Action<Node> change, CancellationToken cancellationToken)
    {
        string key = StoreKeys.Node(name);
        while (true)
        {
            StoreEntry entry = await store.GetAsync(key, cancellationToken) ?? throw NoSuchNode(name);
            Node before = StoredObject.Read(entry, Node.Parser);
            Node node = before.Clone();
            change(node);
            if (node.Equals(before))
            {
                return false;
            }
            if ((await store.TxnAsync(new StoreTxn().If(key, entry.ModRevision).Put(key, node.ToByteArray()), cancellationToken)).Succeeded)
            {
                return true;
            }
            // The node published itself meanwhile.
        }
    }

    /// <summary>What this node found of the ways to others; null: it has none.</summary>
    public INodePaths? Paths { get; set; }

    private static ResourceException NoSuchNode(string name) =>
        new(RefusalReason.NotFound, $"{ResourceKind.Node} {Quoted.Text(name)} does not exist; `weft get nodes` lists what does");

    /// <summary>All nodes: with a record, or with a number and none, as one that lost its name, is being forgotten, or has not been published yet.</summary>
    private async Task<List<Resource>> ListNodesAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<(uint Number, NumberHolder Holder, StoreEntry Entry)> numbers = await NumberHolder.ListAsync(store, cancellationToken);
        StoreRange records = await store.RangeAsync(StoreKeys.Nodes, cancellationToken);
        StoreRange alive = await store.RangeAsync(StoreKeys.Alive, cancellationToken);
        HashSet<string> heard = [.. alive.Entries.Select(entry => entry.Key[StoreKeys.Alive.Length..])];
        StoreRange blocks = await store.RangeAsync(StoreKeys.Blocks, cancellationToken);
        ILookup<uint, OwnedBlock> owned = blocks.Entries.Select(BlockClaims.TryRead).OfType<OwnedBlock>().ToLookup(block => block.Owner);
        StoreRange moved = await store.RangeAsync(StoreKeys.Moved, cancellationToken);
        ILookup<uint, MovedAddress> guests = moved.Entries.Select(MovedAddresses.TryRead).OfType<MovedAddress>().ToLookup(address => address.Owner);

        StoreRange enforced = await store.RangeAsync(StoreKeys.Enforced, cancellationToken);
        Dictionary<string, long> revisions = enforced.Entries.ToDictionary(
            entry => entry.Key[StoreKeys.Enforced.Length..], entry => long.TryParse(entry.Value.Span, CultureInfo.InvariantCulture, out long revision) ? revision : 0);
        long wanted = (await store.GetAsync(StoreKeys.PolicyRevision, cancellationToken))?.ModRevision ?? 0;

        var nodes = new SortedDictionary<string, Node>(StringComparer.Ordinal);
        foreach ((uint number, NumberHolder holder, _) in numbers)
        {
            nodes[holder.Name] = new Node { Name = holder.Name, Number = number, MachineId = holder.Machine };
        }
        foreach (StoreEntry entry in records.Entries)
        {
            string name = entry.Key[StoreKeys.Nodes.Length..];
            // One record that cannot be read hides no other; the condition nodes names it.
            nodes[name] = KnownNode.TryRead(name, entry.Value, out KnownNode? known, out _) ? known.Record : nodes.GetValueOrDefault(name) ?? new Node { Name = name };
        }
        IReadOnlyDictionary<string, NodePath>? paths = Paths?.ByNode();
        foreach (Node node in nodes.Values)
        {
            node.Readiness = heard.Contains(node.Name) ? NodeReadiness.Ready : NodeReadiness.Away;
            node.Blocks = (uint)owned[node.Number].Count(_ => node.Number != 0);
            node.Moved = (uint)guests[node.Number].Count();
            (node.PolicyEnforced, node.PolicyWanted) = (revisions.GetValueOrDefault(node.Name), wanted);
            node.Path = paths?.GetValueOrDefault(node.Name);
        }
        return [.. nodes.Values.Select(node => new Resource { Node = node })];
    }

    private async Task<List<(StoreEntry Entry, Endpoint Endpoint)>> EndpointsOfAsync(string node, CancellationToken cancellationToken)
    {
        List<(StoreEntry, Endpoint)> found = [];
        foreach (StoreEntry entry in (await store.RangeAsync(StoreKeys.Endpoints, cancellationToken)).Entries)
        {
            try
            {
                Endpoint endpoint = Endpoint.Parser.ParseFrom(entry.Value.Span);
                if (endpoint.Node == node)
                {
                    found.Add((entry, endpoint));
                }
            }
            catch (InvalidProtocolBufferException)
            {
                // Nobody can tell whose it is.
            }
        }
        return found;
    }
}
