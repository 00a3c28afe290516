using Google.Protobuf;
using Weft.Contracts.V1;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Store.Recovery;

namespace Weft.NetDaemon.Store.Snapshot;

/// <summary>Which values the copy takes over in the place of those that it has: one that cannot be read would make a node that starts forget what ran before.</summary>
internal static class ReadableValues
{
    /// <summary>Whether an entry holds what its key is named for. True for keys whose values are not looked at.</summary>
    public static bool Is(StoreEntry entry) =>
        entry.Key == StoreKeys.Cluster ? ClusterState.TryRead(entry) is not null
        : entry.Key.StartsWith(StoreKeys.Blocks, StringComparison.Ordinal) ? BlockClaims.TryRead(entry) is not null
        : entry.Key.StartsWith(StoreKeys.Moved, StringComparison.Ordinal) ? MovedAddresses.TryRead(entry) is not null
        : entry.Key.StartsWith(StoreKeys.Nodes, StringComparison.Ordinal) ? KnownNode.TryRead(entry.Key[StoreKeys.Nodes.Length..], entry.Value, out _, out _)
        : entry.Key.StartsWith(StoreKeys.Networks, StringComparison.Ordinal) ? Holds(entry, Network.Parser, n => StoreKeys.Network(n.Name))
        : entry.Key.StartsWith(StoreKeys.Pools, StringComparison.Ordinal) ? Holds(entry, Pool.Parser, p => StoreKeys.Pool(p.Name))
        : entry.Key.StartsWith(StoreKeys.NetworkPolicies, StringComparison.Ordinal) ? Holds(entry, NetworkPolicy.Parser, p => StoreKeys.NetworkPolicy(p.Metadata?.Namespace ?? "", p.Metadata?.Name ?? ""))
        : entry.Key.StartsWith(StoreKeys.ClusterNetworkPolicies, StringComparison.Ordinal) ? Holds(entry, ClusterNetworkPolicy.Parser, p => StoreKeys.ClusterNetworkPolicy(p.Metadata?.Name ?? ""))
        : entry.Key.StartsWith(StoreKeys.HostPolicies, StringComparison.Ordinal) ? Holds(entry, HostPolicy.Parser, p => StoreKeys.HostPolicy(p.Metadata?.Name ?? ""))
        : entry.Key.StartsWith(StoreKeys.NetworkSets, StringComparison.Ordinal) ? Holds(entry, NetworkSet.Parser, s => StoreKeys.NetworkSet(s.Metadata?.Name ?? ""))
        : entry.Key.StartsWith(StoreKeys.Namespaces, StringComparison.Ordinal) ? Holds(entry, Namespace.Parser, n => StoreKeys.Namespace(n.Metadata?.Name ?? ""))
        : !entry.Key.StartsWith(StoreKeys.Reservations, StringComparison.Ordinal) || Holds(entry, Reservation.Parser, r => StoreKeys.Reservation(r.Name));

    private static bool Holds<T>(StoreEntry entry, MessageParser<T> parser, Func<T, string> keyOf)
        where T : class, IMessage<T>
    {
        try
        {
            return keyOf(parser.ParseFrom(entry.Value.Span)) == entry.Key;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }
}
