using System.Globalization;
using Weft.Contracts;
using Weft.Contracts.V1;
using Weft.Policy.Objects;

namespace Weft.Cli.Output;

/// <summary>Objects of one kind as a table.</summary>
internal static class ResourceTable
{
    /// <param name="kind">A kind of the contract; all resources are of it.</param>
    /// <param name="wide">With the columns that are rarely needed.</param>
    public static TextTable Build(string kind, IEnumerable<Resource> resources, bool wide)
    {
        (string[] headers, string[] wideHeaders, Func<Resource, string[]> cells) = kind switch
        {
            "Node" => (
                ["NAME", "STATUS", "NUMBER", "ADDRESSES", "UPLINK", "MTU", "VERSION", "BLOCKS", "AGE"],
                ["MOVED", "PORT", "SEGMENTS", "LABELS", "STARTED", "MACHINE-ID", "BOOT-ID", "PATH", "PATH-MTU", "RTT", "PROBED", "POLICIES"], resource => Cells(resource.Node)),
            "Network" => (["NAME", "VNI", "MTU", "MASQUERADE", "BRIDGE"], ["GATEWAY4", "GATEWAY6"], resource => Cells(resource.Network)),
            "Pool" => (["NAME", "NETWORK", "CIDR", "BLOCK-SIZE"], ["NODES", "NAMESPACES"], resource => Cells(resource.Pool)),
            "Reservation" => (["NAME", "NETWORK", "ADDRESSES", "FOR", "MAC"], ["IMPORT", "IN-USE"], resource => Cells(resource.Reservation)),
            "Block" => (["CIDR", "POOL", "OWNER", "USED", "COOLING", "SIZE"], ["STATE", "EPOCH"], resource => Cells(resource.Block)),
            PolicyKinds.NetworkPolicy => (["NAMESPACE", "NAME", "SELECTS", "TYPES", "STAGED"], ["INGRESS", "EGRESS", "LABELS"], resource => PolicyCells.Of(resource.NetworkPolicy)),
            PolicyKinds.ClusterNetworkPolicy => (["NAME", "TIER", "PRIORITY", "SELECTS", "STAGED"], ["INGRESS", "EGRESS", "LABELS"], resource => PolicyCells.Of(resource.ClusterNetworkPolicy)),
            PolicyKinds.HostPolicy => (["NAME", "SELECTS", "TYPES", "STAGED"], ["INGRESS", "EGRESS", "LABELS"], resource => PolicyCells.Of(resource.HostPolicy)),
            PolicyKinds.NetworkSet => (["NAME", "RANGES", "LABELS"], ["CIDRS"], resource => PolicyCells.Of(resource.NetworkSet)),
            PolicyKinds.Namespace => (["NAME", "LABELS"], [], resource => PolicyCells.Of(resource.Namespace)),
            _ => ((string[])["NAMESPACE", "NAME", "NETWORK", "ADDRESSES", "NODE"],
                (string[])["INTERFACE", "HOST-INTERFACE", "MAC", "CONTAINER", "LABELS", "CREATED"],
                (Func<Resource, string[]>)(resource => Cells(resource.Endpoint))),
        };
        var table = new TextTable(wide ? [.. headers, .. wideHeaders] : headers);
        foreach (Resource resource in resources)
        {
            string[] all = cells(resource);
            table.Add(wide ? all : all[..headers.Length]);
        }
        return table;
    }

    private static string[] Cells(Node node) =>
    [
        node.Name, ResourceDocument.StateOf(node), Number(node.Number), string.Join(',', node.UnderlayAddresses), node.Uplink, Mtu(node.Mtu), node.Version,
        Number(node.Blocks), Age(node.JoinedUnixMs), Number(node.Moved), Number(ResourceDocument.PortOf(node)), string.Join(',', node.Segments), Labels(node.Labels),
        ResourceDocument.Time(node.StartedUnixMs), node.MachineId, node.BootId,
        .. Cells(node.Path),
        node.PolicyEnforced == 0 ? "" : node.PolicyEnforced >= node.PolicyWanted ? $"{node.PolicyEnforced}" : $"{node.PolicyEnforced} of {node.PolicyWanted}",
    ];

    private static string[] Cells(NodePath? path) => path is null ? ["", "", "", ""] :
    [
        ResourceDocument.StateOf(path),
        path.State is NodePathState.Unspecified or NodePathState.Away ? "" : $"{path.Mtu}/{path.WantedMtu}",
        path.RoundTripUs == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{path.RoundTripUs / 1000.0:0.0}ms"),
        path.ProbedUnixMs == 0 ? "" : ResourceDocument.Time(path.ProbedUnixMs),
    ];

    private static string[] Cells(Network network) =>
    [
        network.Name, Number(network.Vni), Mtu(network.Mtu), network.Masquerade ? "yes" : "no", $"{WeftPaths.BridgePrefix}{network.Number}",
        network.Gateway4, network.Gateway6,
    ];

    private static string[] Cells(Pool pool) => 
    [
        pool.Name, pool.Network, pool.Cidr, $"/{pool.BlockSize}",
        Labels(pool.NodeSelector),
        string.Join(',', pool.Namespaces),
    ];

    private static string[] Cells(Reservation reservation) =>
    [
        reservation.Name, reservation.Network, string.Join(',', reservation.Addresses),
        reservation.ContainerId.Length == 0 ? $"{reservation.Namespace}/{reservation.EndpointName}"
            : reservation.InterfaceName.Length == 0 ? $"container {reservation.ContainerId}"
            : $"container {reservation.ContainerId} {reservation.InterfaceName}",
        reservation.Mac, reservation.ImportedFrom, string.Join(',', reservation.InUse),
    ];

    private static string[] Cells(Block block) =>
    [
        block.Cidr, block.Pool, Number(block.Owner), Number(block.Used), Number(block.Cooling), Number(block.Size),
        ResourceDocument.StateOf(block.State), block.Epoch.ToString(CultureInfo.InvariantCulture),
    ];

    private static string[] Cells(Endpoint endpoint) =>
    [
        endpoint.Namespace, endpoint.Name, endpoint.Network, string.Join(',', endpoint.Addresses), endpoint.Node,
        endpoint.InterfaceName, endpoint.HostInterface, endpoint.Mac, endpoint.ContainerId,
        Labels(endpoint.Labels),
        ResourceDocument.Time(endpoint.CreatedUnixMs),
    ];

    public static string Labels(IEnumerable<KeyValuePair<string, string>> labels) =>
        string.Join(',', labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"));

    private static string Age(long sinceUnixMilliseconds) =>
        sinceUnixMilliseconds <= 0 ? "" : StatusDocument.DurationOf(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - sinceUnixMilliseconds);

    private static string Mtu(uint mtu) => mtu == 0 ? "auto" : Number(mtu);

    public static string Number(uint number) => number.ToString(CultureInfo.InvariantCulture);
}
