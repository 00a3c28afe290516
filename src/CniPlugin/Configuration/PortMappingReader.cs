using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Google.Protobuf;
using Weft.CniPlugin.Errors;
using Weft.Contracts.Cni;

namespace Weft.CniPlugin.Configuration;

/// <summary>
/// Reads "runtimeConfig.portMappings". A mapping without a host port publishes nothing, as in a pod's specification, and is passed over.
/// </summary>
internal static class PortMappingReader
{
    private const string Where = "runtimeConfig.portMappings";

    public static List<PortMapping> Read(JsonElement root, JsonElement? runtime, ProblemList problems)
    {
        List<PortMapping> mappings = [];
        bool loopback = new JsonValues(root, "", problems).Flag("loopbackPorts") ?? false;
        foreach (JsonElement element in new JsonValues(runtime, "runtimeConfig.", problems).List("portMappings"))
        {
            if (element.ValueKind != JsonValueKind.Object)
            {
                problems.Add(CniErrorCode.InvalidConfiguration, $"\"{Where}\" has {JsonKeys.Shown(element)}, which is no object");
                continue;
            }
            if (ReadOne(element, loopback, problems) is PortMapping mapping && !mappings.Contains(mapping))
            {
                mappings.Add(mapping);
            }
        }
        return mappings;
    }

    private static PortMapping? ReadOne(JsonElement element, bool loopback, ProblemList problems)
    {
        int before = problems.Count;
        var values = new JsonValues(element, Where + ".", problems);
        ulong hostPort = values.Number("hostPort", ushort.MaxValue) ?? 0;
        ulong containerPort = values.Number("containerPort", ushort.MaxValue) ?? 0;
        uint protocol = Protocol(values.Text("protocol") ?? "", problems);
        ByteString hostIp = HostIp(values.Text("hostIP") ?? "", problems);
        if (hostPort == 0 || problems.Count > before)
        {
            return null;
        }
        if (containerPort == 0)
        {
            problems.Add(CniErrorCode.InvalidConfiguration, $"\"{Where}\" has {JsonKeys.Shown(element)}, which lacks a \"containerPort\" from 1 to 65535");
            return null;
        }
        return new PortMapping
        {
            Protocol = protocol,
            HostIp = hostIp,
            HostPort = (uint)hostPort,
            ContainerPort = (uint)containerPort,
            Loopback = loopback && IsAny(hostIp),
        };
    }

    private static bool IsAny(ByteString address)
    {
        foreach (byte b in address.Span)
        {
            if (b != 0)
            {
                return false;
            }
        }
        return true;
    }

    private static uint Protocol(string text, ProblemList problems)
    {
        if (text.Length == 0 || text.Equals("tcp", StringComparison.OrdinalIgnoreCase))
        {
            return (uint)ProtocolType.Tcp;
        }
        if (text.Equals("udp", StringComparison.OrdinalIgnoreCase))
        {
            return (uint)ProtocolType.Udp;
        }
        if (text.Equals("sctp", StringComparison.OrdinalIgnoreCase))
        {
            return 132;     // IPPROTO_SCTP
        }
        problems.Add(CniErrorCode.InvalidConfiguration, $"\"{Where}.protocol\": \"{text}\" is not tcp, udp or sctp");
        return 0;
    }

    private static ByteString HostIp(string text, ProblemList problems)
    {
        if (text.Length == 0)
        {
            return ByteString.Empty;
        }
        if (AddressText.Parse(text) is not IPAddress address)
        {
            problems.Add(CniErrorCode.InvalidConfiguration, $"\"{Where}.hostIP\": \"{text}\" is no IP address");
            return ByteString.Empty;
        }
        return ByteString.CopyFrom((address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes());
    }
}
