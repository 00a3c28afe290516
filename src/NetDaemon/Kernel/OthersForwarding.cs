using System.Net.Sockets;
using Weft.Dataplane;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Nodes;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// Tells when rules of others (Docker, ufw, firewalld, an administrator) end what containers send and get: an accept of Weft's rules does not
/// bind other tables. They are never changed. Rules of iptables-legacy are not seen; that there may be some is said. Each look is one dump of chains, and the rules of those that containers' packets enter. Thread-safe.
/// </summary>
/// <param name="catalog">Whose bridges count.</param>
/// <param name="underlay">How the uplink is chosen.</param>
/// <param name="within">The node's namespace; null: the calling thread's.</param>
internal sealed class OthersForwarding(NetworkCatalog catalog, UnderlayChoice underlay, NetworkNamespace? within = null) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly NftSocket _socket = NftSocket.Open(within);

    /// <summary>Looks, and sets the condition.</summary>
    public void Report(HealthBoard health)
    {
        try
        {
            lock (_lock)
            {
                var chains = ForeignChains.Read(_socket);
                string unseen = LegacyTables.Hint(within) is { } legacy ? $"; {legacy}" : "";
                string uplink = Uplink.Find(underlay, within).Name;
                (NetworkView Network, ForwardingObstacle Obstacle)[] found =
                    [.. catalog.Current.All.SelectMany(n => ObstaclesOf(chains, n, uplink).Select(o => (n, o)))];
                if (found.Length == 0)
                {
                    string[] tables = [.. chains.Tables.Select(t => t.ToString())];
                    health.Ok(HealthBoard.Forwarding, (tables.Length == 0 ? "no other table judges forwarded packets" : $"let through by {string.Join(", ", tables)}") + unseen);
                    return;
                }
                // What is certain first.
                (NetworkView network, ForwardingObstacle first) = found.OrderByDescending(f => f.Obstacle.Certain).First();
                string more = found.Select(f => f.Obstacle.Where).Distinct().Where(w => w != first.Where).ToList() is { Count: > 0 } others
                    ? $"; likewise {string.Join(", ", others)}" : "";
                health.Degraded(HealthBoard.Forwarding, $"{first.What}{more}: {Advice(chains, first.Table, first.Chain, network)}{unseen}");
            }
        }
        catch (Exception e) when (e is KernelException or MalformedNetlinkException)
        {
            health.Degraded(HealthBoard.Forwarding, $"it is not known whether other tables let containers' packets through: {e.Message}; see `nft list ruleset`");
        }
    }

    /// <summary>Why nothing that a network's containers send can pass, and what to do; null: as far as can be told, it can.</summary>
    /// <exception cref="KernelException">nf_tables does not answer.</exception>
    public (string Why, string Next)? WhyCut(NetworkView network)
    {
        lock (_lock)
        {
            var chains = ForeignChains.Read(_socket);
            return ObstaclesOf(chains, network, Uplink.Find(underlay, within).Name).FirstOrDefault(o => o.Certain) is { } obstacle
                ? (obstacle.What, Advice(chains, obstacle.Table, obstacle.Chain, network) + (LegacyTables.Hint(within) is { } legacy ? $"; {legacy}" : ""))
                : null;
        }
    }

    public void Dispose() => _socket.Dispose();

    private static IEnumerable<ForwardingObstacle> ObstaclesOf(ForeignChains chains, NetworkView network, string uplink)
    {
        string bridge = network.Bridge;
        string of = $"of network {network.Name}";
        bool Concerns(NftFamily family) => family == NftFamily.Inet || network.Ranges.Any(r => r.Family == (family == NftFamily.Ip ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6));
        IEnumerable<ForwardingObstacle> found = chains.ObstaclesOf(new ForwardedPath(bridge, bridge, $"between containers {of}"), Concerns);
        return uplink.Length == 0
            ? found
            : found
                .Concat(chains.ObstaclesOf(new ForwardedPath(bridge, uplink, $"from containers {of} to the outside"), Concerns))
                // New flows from the outside are a firewall's to refuse; but replies must have a way.
                .Concat(chains.ObstaclesOf(new ForwardedPath(uplink, bridge, $"from the outside to containers {of}"), Concerns).Where(o => o.Certain));
    }

    /// <summary>How to let Weft's bridges through, in the words of the program whose chain it is.</summary>
    private static string Advice(ForeignChains chains, NftTable table, string chain, NetworkView network)
    {
        string bridges = Contracts.WeftPaths.BridgePrefix;
        string iptables = table.Family == NftFamily.Ip6 ? "ip6tables" : "iptables";
        return table switch
        {
            { Family: NftFamily.Inet, Name: "firewalld" } =>
                $"`firewall-cmd --permanent --zone=trusted --add-interface={network.Bridge}` and `firewall-cmd --reload` let it through",
            { Family: NftFamily.Ip or NftFamily.Ip6, Name: "filter" } when chains.Has(table, "ufw-before-forward") || chains.Has(table, "ufw6-before-forward") =>
                $"`ufw route allow in on {network.Bridge}` and `ufw route allow out on {network.Bridge}` let it through",
            { Family: NftFamily.Ip or NftFamily.Ip6, Name: "filter" } when chain == "FORWARD" =>
                $"`{iptables} -I {IptablesChain()} -i {bridges}+ -j ACCEPT` and `{iptables} -I {IptablesChain()} -o {bridges}+ -j ACCEPT` let it through",
            _ => $"`nft insert rule {table} {chain} iifname \"{bridges}*\" accept` and the same with oifname let it through",
        };

        string IptablesChain() => chains.Has(table, "DOCKER-USER") ? "DOCKER-USER" : "FORWARD";
    }
}
