using System.Collections.Immutable;

namespace Weft.Policy.Model;

/// <summary>Ports of nodes that no host policy closes, so that a wrong one does not lock its author out.</summary>
public sealed record FailSafePorts(ImmutableArray<PortRule.Numbered> Ingress, ImmutableArray<PortRule.Numbered> Egress)
{
    /// <summary>
    /// In: SSH, DHCP, etcd, the API server, the kubelet, VXLAN. Out: DNS, DHCP, NTP, etcd, the API server, VXLAN.
    /// </summary>
    public static readonly FailSafePorts Default = new(
        [Tcp(22), Udp(68), Udp(546), Tcp(2379, 2380), Tcp(6443), Tcp(10250), Udp(4789)],
        [Tcp(53), Udp(53), Udp(67), Udp(547), Udp(123), Tcp(2379, 2380), Tcp(6443), Udp(4789)]);

    public static readonly FailSafePorts None = new([], []);

    public ImmutableArray<PortRule.Numbered> Of(Direction direction) => direction == Direction.Ingress ? Ingress : Egress;

    private static PortRule.Numbered Tcp(ushort first, ushort? last = null) => new(L4Protocol.Tcp, new PortRange(first, last ?? first));

    private static PortRule.Numbered Udp(ushort port) => new(L4Protocol.Udp, new PortRange(port, port));
}
