using Weft.Contracts;
using Weft.NetDaemon.Ipam;
using Weft.NetDaemon.Networks;

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

    /// <summary>The interface that leads out of the node, or null: that of the default route.</summary>
    public string? Uplink { get; init; }

    /// <summary>Whether nodes on the uplink's segments that want it, too, are reached without a tunnel.</summary>
    public bool DirectRouting { get; init; }

    /// <summary>MTU of container interfaces in bytes where the network states none, 1280 to 65535, or null: from the uplink.</summary>
    public int? Mtu { get; init; }

    public NftablesOwner NftablesOwner { get; init; } = NftablesOwner.Auto;

    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    public string CniSocket => Path.Combine(RunDirectory, WeftPaths.CniSocketName);

    public string DaemonSocket => Path.Combine(RunDirectory, WeftPaths.DaemonSocketName);
}
