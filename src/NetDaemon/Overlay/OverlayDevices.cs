using Weft.Dataplane;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Route;
using Weft.Dataplane.Sysctls;

namespace Weft.NetDaemon.Overlay;

/// <summary>The VXLAN devices: what makes them as planned. Devices that are not Weft's by alias are never touched.</summary>
internal static class OverlayDevices
{
    private const string Off = "0";

    public static bool IsOurs(LinkInfo link) => link.Kind == "vxlan" && link.Alias?.StartsWith(OverlayNetwork.AliasPrefix, StringComparison.Ordinal) == true;

    /// <summary>Queues what makes the devices as planned; nothing when they are.</summary>
    /// <param name="batch">Where to.</param>
    /// <param name="devices">The planned ones.</param>
    /// <param name="links">All links that there are.</param>
    /// <returns>What cannot be done, one sentence each, by device.</returns>
    public static IReadOnlyDictionary<string, string> Queue(RouteBatch batch, IReadOnlyList<VxlanSpec> devices, IReadOnlyList<LinkInfo> links)
    {
        var problems = new Dictionary<string, string>(StringComparer.Ordinal);
        var wanted = devices.Select(d => d.Name).ToHashSet(StringComparer.Ordinal);
        var leftovers = links.Where(l => IsOurs(l) && !wanted.Contains(l.Name)).ToList();
        // First, for they may have the VNI that another name needs now.
        foreach (LinkInfo leftover in leftovers)
        {
            batch.DeleteLink(leftover.Index);
        }
        foreach (VxlanSpec device in devices)
        {
            LinkInfo? link = links.FirstOrDefault(l => l.Name == device.Name);
            if (link is not null && !IsOurs(link) && !IsAdoptable(link, device))
            {
                problems[device.Name] = $"the overlay needs the name {device.Name}, which a link of somebody else has (kind {link.Kind}); rename that one";
            }
            else if (links.FirstOrDefault(l => l.Name != device.Name && !leftovers.Contains(l) && l.Vxlan is { } v && v.Vni == device.Vni && v.Port == device.Port
                && !wanted.Contains(l.Name)) is { } rival)
            {
                problems[device.Name] = $"VNI {device.Vni} on UDP port {device.Port} is taken by the link {rival.Name}; remove it, or choose another VNI or port";
            }
            else if (link is null)
            {
                batch.CreateVxlan(device);
            }
            else if (!IsAdoptable(link, device))
            {
                // Of these only some can be changed, and a device that was made by somebody else may differ in more.
                batch.DeleteLink(link.Index).CreateVxlan(device);
            }
            else
            {
                QueueChange(batch, device, link);
            }
        }
        return problems;
    }

    /// <summary>
    /// No reverse path filter, and no router advertisements; only what differs is written. One end may leave the tunnel a moment before the other does, and on a device
    /// without an IPv4 address even the loose filter then drops (last_resort in __fib_validate_source, net/ipv4/fib_frontend.c). Senders are checked by
    /// <see cref="OverlayRules"/> instead, and more closely. A machine with net.ipv4.conf.all.rp_filter above 0 keeps the filter: there such packets are lost until both ends
    /// have switched.
    /// </summary>
    public static void SetSysctls(string device, NetworkNamespace? within, List<string> changes, List<string> problems)
    {
        try
        {
            Set(["net", "ipv4", "conf", device, "rp_filter"], Off);
            Set(["net", "ipv6", "conf", device, "accept_ra"], Off);
        }
        catch (KernelException e)
        {
            problems.Add(e.Message);
        }

        void Set(string[] name, string value)
        {
            if (Sysctl.TryRead(name, within) is { } present && present != value)
            {
                Sysctl.Write(name, value, within);
                changes.Add($"sysctl {string.Join('.', name)}={value}");
            }
        }
    }

    private static bool IsAdoptable(LinkInfo link, VxlanSpec device) => link.Kind == "vxlan" && (string.IsNullOrEmpty(link.Alias) || IsOurs(link))
        && link.Vxlan is { Learning: false } v && v.Vni == device.Vni && v.Port == device.Port && v.Local?.AddressFamily == device.Local?.AddressFamily && v.LowerIndex == device.LowerIndex;

    private static void QueueChange(RouteBatch batch, VxlanSpec device, LinkInfo link)
    {
        var change = new LinkChange
        {
            // udev and systemd-networkd give a link another MAC after it was created; then it drops what its own node sent in that name.
            Mac = link.Mac == device.Mac ? null : device.Mac,
            Mtu = link.Mtu == device.Mtu ? null : device.Mtu,
            Alias = link.Alias == device.Alias ? null : device.Alias,
            MasterIndex = link.MasterIndex == 0 ? null : 0,
            AddressGeneration = link.AddressGeneration is null || link.AddressGeneration == device.AddressGeneration ? null : device.AddressGeneration,
            Up = link.IsUp ? null : true,
        };
        if (change != new LinkChange())
        {
            batch.SetLink(link.Index, change);
        }
        // The node has another address: the device takes it, and keeps all that hangs on it.
        if (device.Local is { } local && !local.Equals(link.Vxlan?.Local))
        {
            batch.SetVxlanLocal(link.Index, local);
        }
    }
}
