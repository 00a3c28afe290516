using System.Net;
using Weft.Contracts.V1;
using Weft.NetDaemon.Api;
using Weft.NetDaemon.Manifests;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Networks;

/// <summary>The network that a fresh installation has, so that it works without a manifest.</summary>
internal static class DefaultNetwork
{
    public const string Name = "default";
    public const string PoolIPv4 = "default-v4";
    public const string PoolIPv6 = "default-v6";

    private const uint SchemaVersion = 1;

    /// <summary>
    /// Writes the cluster record if there is none and, once in the store's life, network and pools. Later calls do nothing: whoever
    /// deletes the network has it deleted.
    /// </summary>
    /// <returns>True when this call made the network.</returns>
    /// <exception cref="ResourceException">The ranges clash with pools that exist.</exception>
    /// <exception cref="StoreException">The store did not answer.</exception>
    public static async Task<bool> EnsureAsync(ResourceStore resources, IStore store, DefaultNetworkOptions options, CancellationToken cancellationToken)
    {
        while (true)
        {
            StoreEntry? entry = await store.GetAsync(StoreKeys.Cluster, cancellationToken);
            Cluster? cluster = entry is null ? null : StoredObject.Read(entry, Cluster.Parser);
            bool make = options.Enabled && cluster is not { DefaultNetworkMade: true };
            if (cluster is not null && !make)
            {
                return false;
            }
            Cluster wanted = cluster?.Clone() ?? new Cluster { Uuid = Guid.NewGuid().ToString("D"), Schema = SchemaVersion };
            wanted.DefaultNetworkMade |= make;
            IReadOnlyList<DeclaredObject> objects = make ? Objects(options) : [];
            if (await resources.ApplyWithClusterAsync(objects, wanted, entry?.ModRevision ?? 0, cancellationToken))
            {
                return make;
            }
            // Another node wrote the record between the two lines; it may have made the network.
        }
    }

    private static List<DeclaredObject> Objects(DefaultNetworkOptions options)
    {
        var origin = ManifestOrigin.BuiltIn("defaultNetwork");
        List<DeclaredObject> objects = [new DeclaredNetwork(Name, origin, Vni: 0, Mtu: 0, Masquerade: true)];
        if (options.IPv4 is { } ipv4)
        {
            objects.Add(new DeclaredPool(PoolIPv4, origin, Name, ipv4, PoolRules.FittingBlockSize(ipv4)));
        }
        Cidr? chosen = options.IPv6 is null && options.RandomIPv6 ? RandomUniqueLocal() : options.IPv6;
        if (chosen is { } ipv6)
        {
            objects.Add(new DeclaredPool(PoolIPv6, origin, Name, ipv6, PoolRules.FittingBlockSize(ipv6)));
        }
        return objects;
    }

    /// <summary>
    /// A random /56 of fd00::/8, subnet 0 of a random 40-bit global ID (RFC 4193 section 3.2): two installations that are joined one day
    /// do not clash.
    /// </summary>
    private static Cidr RandomUniqueLocal()
    {
        // A version 4 UUID's first bytes are random (RFC 9562 section 5.4), and come from the kernel without loading OpenSSL.
        Span<byte> random = stackalloc byte[16];
        Guid.NewGuid().TryWriteBytes(random);
        Span<byte> network = stackalloc byte[16];
        network.Clear();
        network[0] = 0xfd;
        random[..5].CopyTo(network[1..]);
        return Cidr.Create(new IPAddress(network), 56);
    }
}
