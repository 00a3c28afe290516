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

    private const uint StandardPort = 4789;      // RFC 7348 section 5

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

    /// <summary>Ready or Away, and Cordoned where it is, or Draining, or Drained once it has no block and no moved address; Unknown from a weftd that does not say.</summary>
    public static string StateOf(Node node) =>
        node.Readiness switch { NodeReadiness.Ready => "Ready", NodeReadiness.Away => "Away", _ => "Unknown" }
        + (node.Draining ? node.Blocks + node.Moved == 0 ? ",Drained" : ",Draining" : node.Cordoned ? ",Cordoned" : "");

    /// <summary>UDP port of its tunnels.</summary>
    public static uint PortOf(Node node) => node.OverlayPort == 0 ? StandardPort : node.OverlayPort;

    /// <summary>Open, Narrow, Fragmented, Unreachable, Away or Unknown.</summary>
    public static string StateOf(NodePath path) => path.State switch
    {
        NodePathState.Open => "Open",
        NodePathState.Narrow => "Narrow",
        NodePathState.Fragmented => "Fragmented",
        NodePathState.Unreachable => "Unreachable",
        NodePathState.Away => "Away",
        _ => "Unknown",
    };

    /// <summary>An object of any kind.</summary>
    public static DocObject Shape(string kind, DocObject metadata, DocObject spec, DocObject status) => new()
    {
        { "apiVersion", ApiVersion },
        { "kind", kind },
        { "metadata", metadata },
        { "spec", spec },
        { "status", status },
    };

    private static DocObject Of(Node node) => Shape(
        "Node", new() { { "name", node.Name }, { "labels", LabelsOf(node.Labels) } }, [], StatusOf(node));

    private static DocObject LabelsOf(IEnumerable<KeyValuePair<string, string>> labels)
    {
        DocObject sorted = [];
        foreach ((string name, string value) in labels.OrderBy(label => label.Key, StringComparer.Ordinal))
        {
            sorted.Add(name, value);
        }
        return sorted;
    }

    private static DocObject StatusOf(Node node)
    {
        DocObject status = new()
        {
            { "number", node.Number },
            { "underlayAddresses", DocValue.ListOf(node.UnderlayAddresses) },
            { "state", StateOf(node) },
            { "blocks", node.Blocks },
            { "movedAddresses", node.Moved },
            { "overlayPort", PortOf(node) },
            { "segments", DocValue.ListOf(node.Segments) },
            { "uplink", node.Uplink },
            { "uplinkMac", node.UplinkMac },
            { "directRouting", node.DirectRouting },
            { "mtu", node.Mtu },
            { "version", node.Version },
            { "machineId", node.MachineId },
            { "bootId", node.BootId },
            { "joinedAt", Time(node.JoinedUnixMs) },
            { "startedAt", Time(node.StartedUnixMs) },
        };
        if (node.Path is { } path)
        {
            status.Add("path", Of(path));
        }
        return status;
    }

    private static DocObject Of(NodePath path)
    {
        DocObject found = new() { { "state", StateOf(path) }, { "mtu", path.Mtu }, { "wantedMtu", path.WantedMtu }, { "roundTripMicroseconds", path.RoundTripUs } };
        if (path.ProbedUnixMs != 0)
        {
            found.Add("probedAt", Time(path.ProbedUnixMs));
        }
        return found;
    }

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
            spec.Add("nodeSelector", LabelsOf(pool.NodeSelector));
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

    private static DocObject Of(Endpoint endpoint) => Shape(
        "Endpoint",
        new() { { "name", endpoint.Name }, { "namespace", endpoint.Namespace }, { "labels", LabelsOf(endpoint.Labels) } },
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
