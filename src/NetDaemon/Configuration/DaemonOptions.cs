using System.Collections.ObjectModel;
using Weft.Contracts;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Nodes;
using Weft.NetDaemon.Overlay;

namespace Weft.NetDaemon.Configuration;

/// <summary>Everything that weftd can be told, checked: command line over config file over defaults.</summary>
internal sealed record DaemonOptions
{
    public const string DefaultConfigFile = "/etc/weft/weftd.yaml";

    /// <summary>This node's name, an RFC 1123 host name. Default: the machine's, in lower case.</summary>
    public required string NodeName { get; init; }

    /// <summary>Absolute path of the directory for state that outlives a reboot.</summary>
    public string StateDirectory { get; init; } = WeftPaths.StateDirectory;

    /// <summary>Absolute path of the directory for sockets.</summary>
    public string RunDirectory { get; init; } = WeftPaths.RunDirectory;

    /// <summary>The config file that was read, or null.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>Which store: "embedded" or "etcd".</summary>
    public string Store { get; init; } = "embedded";

    /// <summary>Where etcd is and how to get in; complete when <see cref="Store"/> is "etcd".</summary>
    public EtcdSettings Etcd { get; init; } = EtcdSettings.None;

    /// <summary>What the first start creates.</summary>
    public DefaultNetworkOptions DefaultNetwork { get; init; } = DefaultNetworkOptions.Standard;

    /// <summary>How long a released address rests before it is used again. 0 to 24 hours.</summary>
    public TimeSpan AddressCoolDown { get; init; } = AddressAllocator.DefaultCoolDown;

    /// <summary>How long an endpoint that comes back gets its former address. 0 to 24 hours; 0: it gets any.</summary>
    public TimeSpan AddressKeptFor { get; init; } = AddressAllocator.DefaultKeepFor;

    /// <summary>How long this node gives out addresses of its blocks without a word from a store that others share. 1 minute to 24 hours.</summary>
    public TimeSpan BlocksHeldFor { get; init; } = BlockFence.DefaultHold;

    /// <summary>How the interface that leads out of the node is chosen, and its addresses towards other nodes.</summary>
    public UnderlayChoice Underlay { get; init; } = UnderlayChoice.ByDefaultRoute;

    /// <summary>UDP port of the tunnels between nodes: the same on all of them.</summary>
    public ushort OverlayPort { get; init; } = OverlayNetwork.StandardPort;

    /// <summary>What pools select this node by.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>MTU of container interfaces in bytes where the network states none, 1280 to 65535, or null: from the uplink.</summary>
    public int? Mtu { get; init; }

    /// <summary>What is left open by policies.</summary>
    public PolicyOptions Policy { get; init; } = PolicyOptions.Standard;

    public NftablesOwner NftablesOwner { get; init; } = NftablesOwner.Auto;

    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    public string CniSocket => Path.Combine(RunDirectory, WeftPaths.CniSocketName);

    public string DaemonSocket => Path.Combine(RunDirectory, WeftPaths.DaemonSocketName);
}
