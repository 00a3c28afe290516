using System.Globalization;
using Weft.Contracts;
using Weft.Contracts.V1;

namespace Weft.Cli.Output;

/// <summary>
/// Objects in the shape of Kubernetes: apiVersion, kind, metadata, spec, status. What people may write is in spec; what Weft
/// decides is in status, which `weft apply` ignores. Fields are only ever added.
/// </summary>
internal static class ResourceDocument
{
    public const string ApiVersion = "weft.dev/v1";

    /// <summary>A List of them.</summary>
    public static DocObject ListOf(IEnumerable<Resource> resources) => new()
    {
        { "apiVersion", ApiVersion },
        { "kind", "List" },
        { "items", new DocValue.List([.. resources.Select(Of)]) },
    };

    /// <summary>The name that `weft get KIND NAME` finds it by.</summary>
    public static string NameOf(Resource resource) => resource.ObjectCase switch
    {
        Resource.ObjectOneofCase.Node => resource.Node.Name,
        Resource.ObjectOneofCase.Network => resource.Network.Name,
        Resource.ObjectOneofCase.Pool => resource.Pool.Name,
        Resource.ObjectOneofCase.Reservation => resource.Reservation.Name,
        Resource.ObjectOneofCase.Block => resource.Block.Cidr,
        Resource.ObjectOneofCase.Endpoint => $"{resource.Endpoint.Namespace}/{resource.Endpoint.Name}",
        _ => "",
    };

    public static DocValue Of(Resource resource) => resource.ObjectCase switch
    {
        Resource.ObjectOneofCase.Node => Of(resource.Node),
        Resource.ObjectOneofCase.Network => Of(resource.Network),
        Resource.ObjectOneofCase.Pool => Of(resource.Pool),
        Resource.ObjectOneofCase.Reservation => Of(resource.Reservation),
        Resource.ObjectOneofCase.Block => Of(resource.Block),
        Resource.ObjectOneofCase.Endpoint => Of(resource.Endpoint),
        // A daemon that is newer than this weft.
        _ => Shape("Unknown", new DocObject { { "name", "" } }, [], []),
    };

    /// <summary>Milliseconds since 1970 as RFC 3339, or "" for none.</summary>
    public static string Time(long unixMilliseconds) => unixMilliseconds is <= 0 or > 253402300799999
        ? ""
        : DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>An enum's value the way manifests spell it: BLOCK_STATE_ACTIVE is "Active".</summary>
    public static string StateOf(BlockState state) => state switch
    {
        BlockState.Active => "Active",
        BlockState.Quarantined => "Quarantined",
        BlockState.Free => "Free",
        _ => "Unknown",
    };

    /// <summary>Ready or Away, and Cordoned where it is; Unknown from a weftd that does not say.</summary>
    public static string StateOf(Node node) =>
        node.Readiness switch { NodeReadiness.Ready => "Ready", NodeReadiness.Away => "Away", _ => "Unknown" } + (node.Cordoned ? ",Cordoned" : "");

    /// <summary>An object of any kind.</summary>
    public static DocObject Shape(string kind, DocObject metadata, DocObject spec, DocObject status) => new()
    {
        { "apiVersion", ApiVersion },
        { "kind", kind },
        { "metadata", metadata },
        { "spec", spec },
        { "status", status },
    };

    private static DocObject Of(Node node) => Shape("Node", new() { { "name", node.Name } }, [], StatusOf(node));

    private static DocObject StatusOf(Node node) => new()
    {
        { "number", node.Number },
        { "underlayAddresses", DocValue.ListOf(node.UnderlayAddresses) },
        { "state", StateOf(node) },
        { "blocks", node.Blocks },
        { "segments", DocValue.ListOf(node.Segments) },
        { "uplink", node.Uplink },
        { "uplinkMac", node.UplinkMac },
        { "directRouting", node.DirectRouting },
        { "mtu", node.Mtu },
        { "version", node.Version },
        { "bootId", node.BootId },
        { "startedAt", Time(node.StartedUnixMs) },
    };

    private static DocObject Of(Network network)
    {
        DocObject status = new()
        {
            { "number", network.Number },
            { "bridge", $"{WeftPaths.BridgePrefix}{network.Number}" },
            { "gateway4", network.Gateway4 },
            { "gateway6", network.Gateway6 },
        };
        if (network.CniConfiguration.Length > 0)
        {
            status.Add("cniConfiguration", network.CniConfiguration);
        }
        return Shape(
            "Network",
            new() { { "name", network.Name } },
            new() { { "vni", network.Vni }, { "mtu", network.Mtu }, { "masquerade", network.Masquerade } },
            status);
    }

    private static DocObject Of(Pool pool)
    {
        DocObject spec = new() { { "network", pool.Network }, { "cidr", pool.Cidr }, { "blockSize", pool.BlockSize } };
        if (pool.Withheld.Count > 0)
        {
            spec.Add("withheld", DocValue.ListOf(pool.Withheld));
        }
        if (pool.NodeSelector.Count > 0)
        {
            DocObject selector = [];
            foreach ((string label, string value) in pool.NodeSelector.OrderBy(label => label.Key, StringComparer.Ordinal))
            {
                selector.Add(label, value);
            }
            spec.Add("nodeSelector", selector);
        }
        if (pool.Namespaces.Count > 0)
        {
            spec.Add("namespaces", DocValue.ListOf(pool.Namespaces));
        }
        return Shape("Pool", new() { { "name", pool.Name } }, spec, []);
    }

    private static DocObject Of(Reservation reservation)
    {
        DocObject spec = new() { { "network", reservation.Network } };
        foreach ((string field, string value) in (ReadOnlySpan<(string, string)>)
        [
            ("namespace", reservation.EndpointName.Length > 0 ? reservation.Namespace : ""), ("endpointName", reservation.EndpointName),
            ("containerId", reservation.ContainerId), ("interface", reservation.InterfaceName),
        ])
        {
            if (value.Length > 0)
            {
                spec.Add(field, value);
            }
        }
        spec.Add("addresses", DocValue.ListOf(reservation.Addresses));
        if (reservation.Mac.Length > 0)
        {
            spec.Add("mac", reservation.Mac);
        }
        DocObject status = [];
        if (reservation.ImportedFrom.Length > 0)
        {
            status.Add("importedFrom", reservation.ImportedFrom);
        }
        if (reservation.InUse.Count > 0)
        {
            status.Add("inUse", DocValue.ListOf(reservation.InUse));
        }
        return Shape("Reservation", new() { { "name", reservation.Name } }, spec, status);
    }

    private static DocObject Of(Block block) => Shape(
        "Block",
        new() { { "name", block.Cidr } },
        new() { { "pool", block.Pool }, { "cidr", block.Cidr } },
        new()
        {
            { "owner", block.Owner },
            { "epoch", block.Epoch },
            { "state", StateOf(block.State) },
            { "used", block.Used },
            { "cooling", block.Cooling },
            { "size", block.Size },
        });

    private static DocObject Of(Endpoint endpoint)
    {
        DocObject labels = [];
        foreach ((string name, string value) in endpoint.Labels.OrderBy(label => label.Key, StringComparer.Ordinal))
        {
            labels.Add(name, value);
        }
        return Shape(
            "Endpoint",
            new() { { "name", endpoint.Name }, { "namespace", endpoint.Namespace }, { "labels", labels } },
            new() { { "network", endpoint.Network }, { "node", endpoint.Node } },
            new()
            {
                { "addresses", DocValue.ListOf(endpoint.Addresses) },
                { "mac", endpoint.Mac },
                { "interface", endpoint.InterfaceName },
                { "hostInterface", endpoint.HostInterface },
                { "containerId", endpoint.ContainerId },
                { "cniNetwork", endpoint.CniNetwork },
                { "podUid", endpoint.PodUid },
                { "createdAt", Time(endpoint.CreatedUnixMs) },
            });
    }
}
