using Weft.Dataplane;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Sysctls;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// The switch of br_netfilter, which shows bridged IP packets to the hooks of routed ones. It is the whole node's, and Kubernetes and
/// Docker want it on, so Weft reads it and never writes it.
/// </summary>
internal static class BridgeNetfilter
{
    private const string Off = "0";

    /// <summary>Whether it is on for IPv4 or IPv6. Not on where the kernel does not have it, or has not loaded it.</summary>
    /// <param name="within">The node's namespace: each has a switch of its own. Null: the calling thread's.</param>
    /// <exception cref="KernelException">The switch cannot be read.</exception>
    public static bool IsOn(NetworkNamespace? within = null) => IsOn("bridge-nf-call-iptables", within) || IsOn("bridge-nf-call-ip6tables", within);

    private static bool IsOn(string name, NetworkNamespace? within) => Sysctl.TryRead(["net", "bridge", name], within) is not (null or Off);
}
