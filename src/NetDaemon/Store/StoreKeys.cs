namespace Weft.NetDaemon.Store;

/// <summary>The key space: every key that Weft writes is built here.</summary>
internal static class StoreKeys
{
    public const string Root = "/weft/v1/";
    public const string Cluster = Root + "cluster";

    /// <summary>Put by every change of a network or pool, which is conditional on it: such changes happen one after another.</summary>
    public const string Configuration = Root + "configuration";

    public const string Nodes = Root + "nodes/";
    public const string NodeNumbers = Root + "nodenum/";

    /// <summary>The highest number that any node ever had: none is given twice.</summary>
    public const string LastNodeNumber = Root + "nodenumlast";

    /// <summary>Leased by each node's weftd. Never drives routes.</summary>
    public const string Alive = Root + "alive/";

    public const string Networks = Root + "networks/";
    public const string NetworkNumbers = Root + "networknum/";
    public const string Pools = Root + "pools/";
    public const string Blocks = Root + "blocks/";

    /// <summary>When each node last confirmed its blocks, by number.</summary>
    public const string Holds = Root + "holds/";

    /// <summary>For how long nodes with blocks have not been heard of, by number.</summary>
    public const string Away = Root + "away/";

    /// <summary>Leased by the node that looks for absent ones.</summary>
    public const string Reclaimer = Root + "reclaimer";

    /// <summary>Copies of nodes' allocations. Watched by nobody.</summary>
    public const string Allocations = Root + "allocs/";

    /// <summary>Addresses that live on another node than their block.</summary>
    public const string Moved = Root + "moved/";

    public const string Endpoints = Root + "endpoints/";
    public const string Reservations = Root + "reservations/";
    public const string Imports = Root + "imports/";

    /// <summary>Put by every change of a policy, a namespace or a network set: its last change is the revision that nodes are to enforce. Its value is empty.</summary>
    public const string PolicyRevision = Root + "policyrevision";

    /// <summary>Up to which revision each node has policies in force, by name. Watched by nobody.</summary>
    public const string Enforced = Root + "enforced/";

    /// <summary>Policies of all kinds, below their kind.</summary>
    public const string Policies = Root + "policies/";

    public const string NetworkPolicies = Policies + "networkpolicies/";
    public const string ClusterNetworkPolicies = Policies + "clusternetworkpolicies/";
    public const string HostPolicies = Policies + "hostpolicies/";
    public const string Namespaces = Root + "namespaces/";
    public const string NetworkSets = Root + "networksets/";

    public static string Node(string name) => Nodes + name;

    public static string EnforcedBy(string node) => Enforced + node;

    public static string NodeNumber(uint number) => NodeNumbers + number.ToString("D6", null);

    public static string NodeAlive(string name) => Alive + name;

    public static string Network(string name) => Networks + name;

    public static string NetworkNumber(uint number) => NetworkNumbers + number.ToString("D6", null);

    public static string Pool(string name) => Pools + name;

    public static string Reservation(string name) => Reservations + name;

    /// <summary>What a node imported under a name.</summary>
    public static string Import(string node, string name) => $"{Imports}{node}/{name}";

    public static string NetworkPolicy(string policyNamespace, string name) => $"{NetworkPolicies}{policyNamespace}/{name}";

    public static string ClusterNetworkPolicy(string name) => ClusterNetworkPolicies + name;

    public static string HostPolicy(string name) => HostPolicies + name;

    public static string Namespace(string name) => Namespaces + name;

    public static string NetworkSet(string name) => NetworkSets + name;

    public static string BlocksOf(string pool) => Blocks + pool + "/";

    /// <summary>One block. The slash of the prefix length becomes "_": 10.0.0.0/26 is kept under 10.0.0.0_26.</summary>
    public static string Block(string pool, string cidr) => BlocksOf(pool) + cidr.Replace('/', '_');

    public static string MovedOf(string network) => Moved + network + "/";

    public static string MovedAddress(string network, string address) => MovedOf(network) + address;

    public static string Hold(uint number) => Holds + number.ToString("D6", null);

    public static string NodeAway(uint number) => Away + number.ToString("D6", null);

    public static string AllocationsOf(string node) => Allocations + node + "/";

    /// <summary>The copy of one block, spelled as in <see cref="Block"/>.</summary>
    public static string AllocationsOf(string node, string pool, string cidr) => $"{AllocationsOf(node)}{pool}/{cidr.Replace('/', '_')}";

    /// <summary>One container interface. Its host interface's name tells several of one container apart.</summary>
    public static string Endpoint(string endpointNamespace, string name, string hostInterface) =>
        $"{Endpoints}{endpointNamespace}/{name}/{hostInterface}";
}
