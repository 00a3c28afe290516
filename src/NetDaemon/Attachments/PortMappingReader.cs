using System.Net;
using System.Net.Sockets;
using Weft.Contracts.Cni;

namespace Weft.NetDaemon.Attachments;

/// <summary>Turns the port mappings of a request into checked values. Stored requests passed it before, and are read without problems.</summary>
internal static class PortMappingReader
{
    /// <summary>The ports that an attachment publishes.</summary>
    public static IReadOnlyList<HostPort> PortsOf(AttachmentRecord attachment) =>
        attachment.Options.Ports.Count == 0 ? [] : Read(attachment.Options, []);

    /// <summary>The ports that a request asks for; what is wrong with the others is added to the problems, one sentence each.</summary>
    public static IReadOnlyList<HostPort> Read(AttachmentOptions? options, List<string> problems)
    {
        var ports = new List<HostPort>();
        var seen = new Dictionary<(byte, ushort), List<HostPort>>();
        foreach (PortMapping mapping in options?.Ports ?? [])
        {
            if (Read(mapping, problems) is not { } port)
            {
                continue;
            }
            if (!seen.TryGetValue((port.Protocol, port.Port), out List<HostPort>? same))
            {
                seen[(port.Protocol, port.Port)] = same = [];
            }
            if (same.Any(port.Overlaps))
            {
                problems.Add($"{port} is asked for twice");
                continue;
            }
            same.Add(port);
            ports.Add(port);
        }
        return ports;
    }

    private static HostPort? Read(PortMapping mapping, List<string> problems)
    {
        int before = problems.Count;
        string what = $"{HostPort.NameOf(mapping.Protocol)} port {mapping.HostPort}";
        if (mapping.Protocol is not (6 or 17 or 132))
        {
            problems.Add($"the port mapping {mapping.HostPort} has IP protocol {mapping.Protocol}, not tcp, udp or sctp");
        }
        if (mapping.HostPort is 0 or > ushort.MaxValue)
        {
            problems.Add($"the host port {mapping.HostPort} is not between 1 and 65535");
        }
        if (mapping.ContainerPort is 0 or > ushort.MaxValue)
        {
            problems.Add($"the container port {mapping.ContainerPort} of {what} is not between 1 and 65535");
        }
        IPAddress? address = null;
        if (mapping.HostIp.Length is 4 or 16)
        {
            address = new IPAddress(mapping.HostIp.Span);
            address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
            if (address.Equals(IPAddress.IPv6Loopback))
            {
                problems.Add($"{what} cannot be published on ::1, whose traffic the kernel does not translate: publish it on 127.0.0.1, or on an address of the node");
            }
            else if (address.IsIPv6Multicast || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes()[0] >= 224))
            {
                problems.Add($"{what} cannot be published on {address}, which is not an address of one host");
            }
        }
        else if (mapping.HostIp.Length != 0)
        {
            problems.Add($"the host address of {what} has {mapping.HostIp.Length} bytes, not 4 or 16");
        }
        if (problems.Count > before)
        {
            return null;
        }
        AddressFamily family = address?.AddressFamily ?? AddressFamily.Unspecified;
        bool any = address is null || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
        return new HostPort(
            (byte)mapping.Protocol, any ? null : address, family, (ushort)mapping.HostPort, (ushort)mapping.ContainerPort, any && mapping.Loopback);
    }
}
