using Weft.Dataplane;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Sysctls;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Networks;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// route_localnet of the bridges: 1 while a container behind one publishes a port on the node's loopback, 0 otherwise. The node's
/// own packets from 127.0.0.1 may leave by such a bridge; a rule drops what arrives for 127.0.0.0/8. No other interface is touched.
/// </summary>
/// <param name="within">The node's namespace; null: the process's own.</param>
internal sealed class LoopbackRouting(NetworkNamespace? within)
{
    private const string Off = "0";
    private const string On = "1";

    private readonly Dictionary<string, HashSet<ulong>> _users = new(StringComparer.Ordinal);       // by network, attachment IDs
    private Dictionary<string, string> _bridges = new(StringComparer.Ordinal);                      // by network

    /// <summary>Sets every bridge as it should be. Bridges that are not there are left out.</summary>
    public ReconcileReport Reconcile(NetworkSnapshot networks, IReadOnlyList<AttachmentRecord> attachments)
    {
        _bridges = networks.All.ToDictionary(n => n.Name, n => n.Bridge, StringComparer.Ordinal);
        _users.Clear();
        foreach (AttachmentRecord attachment in attachments.Where(PublishedPort.UsesLoopback))
        {
            UsersOf(attachment.WeftNetwork).Add(attachment.Id);
        }
        var changes = new List<string>();
        var problems = new List<string>();
        foreach (string network in _bridges.Keys)
        {
            try
            {
                if (Set(network) is { } change)
                {
                    changes.Add(change);
                }
            }
            catch (KernelException e)
            {
                problems.Add($"published ports of network {network} on the loopback: {e.Message}");
            }
        }
        return new ReconcileReport(changes.Count, changes, problems);
    }

    /// <summary>Sees to it that an attachment's ports work on the loopback, if it has such.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public void Permit(AttachmentRecord attachment)
    {
        if (PublishedPort.UsesLoopback(attachment))
        {
            UsersOf(attachment.WeftNetwork).Add(attachment.Id);
            Set(attachment.WeftNetwork);
        }
    }

    /// <summary>Takes it back, unless others need it.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public void Revoke(AttachmentRecord attachment)
    {
        if (UsersOf(attachment.WeftNetwork).Remove(attachment.Id))
        {
            Set(attachment.WeftNetwork);
        }
    }

    /// <summary>What is wrong with it for an attachment, or null.</summary>
    public string? Problem(AttachmentRecord attachment) =>
        PublishedPort.UsesLoopback(attachment)
        && _bridges.TryGetValue(attachment.WeftNetwork, out string? bridge)
        && Sysctl.TryRead(NameFor(bridge), within) is { } value and not On
            ? $"net.ipv4.conf.{bridge}.route_localnet is {value}, and 1 is needed for ports published on 127.0.0.1"
            : null;

    private HashSet<ulong> UsersOf(string network) => _users.TryGetValue(network, out HashSet<ulong>? users) ? users : _users[network] = [];

    /// <summary>What was changed, or null.</summary>
    private string? Set(string network)
    {
        if (!_bridges.TryGetValue(network, out string? bridge))
        {
            return null;
        }
        string wanted = UsersOf(network).Count > 0 ? On : Off;
        if (Sysctl.TryRead(NameFor(bridge), within) is not { } value || value == wanted)
        {
            return null;
        }
        Sysctl.Write(NameFor(bridge), wanted, within);
        return $"sysctl net.ipv4.conf.{bridge}.route_localnet={wanted}";
    }

    private static string[] NameFor(string bridge) => ["net", "ipv4", "conf", bridge, "route_localnet"];
}
