namespace Weft.CniPlugin.Invocation;

/// <summary>What the runtime says by environment variables, checked.</summary>
internal sealed record CniInvocation
{
    public required CniCommand Command { get; init; }

    /// <summary>CNI_CONTAINERID; empty for GC, STATUS and VERSION.</summary>
    public string ContainerId { get; init; } = "";

    /// <summary>CNI_IFNAME: a valid interface name; empty for GC, STATUS and VERSION.</summary>
    public string InterfaceName { get; init; } = "";

    /// <summary>CNI_NETNS: a path, not looked at yet. Empty when a DEL comes without one.</summary>
    public string Netns { get; init; } = "";

    /// <summary>CNI_NETNS_OVERRIDE: the container may share the plugin's own namespace.</summary>
    public bool AllowsOwnNamespace { get; init; }

    /// <summary>CNI_ARGS.</summary>
    public CniArguments Arguments { get; init; } = CniArguments.None;
}
