using Weft.Dataplane;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Route;
using Weft.Dataplane.Sysctls;

namespace Weft.NetDaemon.Kernel;

/// <summary>The sysctls without which a node does not route for its containers.</summary>
internal static class Forwarding
{
    private const string Off = "0";
    private const string On = "1";
    private static readonly string[] Forwarding6 = ["net", "ipv6", "conf", "all", "forwarding"];
    private const string AcceptEvenWhenForwarding = "2";

    /// <summary>Turns on IPv4 and IPv6 forwarding where they are off. Only what differs is written.</summary>
    /// <param name="socket">To read the node's links.</param>
    /// <param name="within">The namespace, the socket's; null: the calling thread's.</param>
    public static ReconcileReport Enable(RouteSocket socket, NetworkNamespace? within = null)
    {
        var changes = new List<string>();
        var problems = new List<string>();
        try
        {
            Set(changes, ["net", "ipv4", "ip_forward"], On, within);
            // Null where IPv6 is not built in or switched off at boot.
            if (Sysctl.TryRead(Forwarding6, within) == Off)
            {
                KeepRouterAdvertisements(socket, changes, within);
                Set(changes, Forwarding6, On, within);
            }
        }
        catch (Exception e) when (e is KernelException)
        {
            problems.Add($"forwarding could not be turned on: {e.Message}; set net.ipv4.ip_forward=1 and net.ipv6.conf.all.forwarding=1 by hand");
        }
        return new ReconcileReport(changes.Count, changes, problems);
    }

    /// <summary>A forwarding node ignores router advertisements unless told otherwise: one that has its own default route from them would lose it.</summary>
    private static void KeepRouterAdvertisements(RouteSocket socket, List<string> changes, NetworkNamespace? within)
    {
        foreach (LinkInfo link in socket.Links())
        {
            string[] accept = ["net", "ipv6", "conf", link.Name, "accept_ra"];
            if (Sysctl.TryRead(accept, within) == On)
            {
                Set(changes, accept, AcceptEvenWhenForwarding, within);
            }
        }
    }

    private static void Set(List<string> changes, string[] name, string value, NetworkNamespace? within)
    {
        if (Sysctl.Read(name, within) != value)
        {
            Sysctl.Write(name, value, within);
            changes.Add($"sysctl {string.Join('.', name)}={value}");
        }
    }
}
