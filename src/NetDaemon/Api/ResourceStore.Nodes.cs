using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Manifests;
using Weft.NetDaemon.Store;
using Weft.NetDaemon.Yaml;

namespace Weft.NetDaemon.Api;

internal sealed partial class ResourceStore
{
    /// <summary>Lets a node give out no addresses, or give them out again.</summary>
    /// <returns>Whether anything changed.</returns>
    /// <exception cref="ResourceException">There is no such node.</exception>
    /// <exception cref="StoreException">The store did not answer, or the node's record cannot be read.</exception>
    public async Task<bool> CordonAsync(string name, bool cordoned, CancellationToken cancellationToken)
    {
        string key = StoreKeys.Node(name);
        while (true)
        {
            StoreEntry entry = await store.GetAsync(key, cancellationToken) ?? throw new ResourceException(
                RefusalReason.NotFound, $"{ResourceKind.Node} {Quoted.Text(name)} does not exist; `weft get nodes` lists what does");
            Node node = StoredObject.Read(entry, Node.Parser);
            if (node.Cordoned == cordoned)
            {
                return false;
            }
            node.Cordoned = cordoned;
            if ((await store.TxnAsync(new StoreTxn().If(key, entry.ModRevision).Put(key, node.ToByteArray()), cancellationToken)).Succeeded)
            {
                return true;
            }
            // The node published itself meanwhile.
        }
    }

    private async Task<List<Resource>> ListNodesAsync(CancellationToken cancellationToken)
    {
        List<Resource> found = await ListAsync(StoreKeys.Nodes, Node.Parser, node => new Resource { Node = node }, cancellationToken);
        StoreRange alive = await store.RangeAsync(StoreKeys.Alive, cancellationToken);
        HashSet<string> heard = [.. alive.Entries.Select(entry => entry.Key[StoreKeys.Alive.Length..])];
        StoreRange blocks = await store.RangeAsync(StoreKeys.Blocks, cancellationToken);
        ILookup<uint, OwnedBlock> owned = blocks.Entries.Select(BlockClaims.TryRead).OfType<OwnedBlock>().ToLookup(block => block.Owner);
        foreach (Node node in found.Select(resource => resource.Node))
        {
            node.Readiness = heard.Contains(node.Name) ? NodeReadiness.Ready : NodeReadiness.Away;
            node.Blocks = (uint)owned[node.Number].Count();
        }
        return found;
    }
}
