using System.Net;
using Google.Protobuf;
using Weft.Contracts.Cni;

namespace Weft.NetDaemon.Attachments;

/// <summary>Turns what came over cni.sock into checked values; every problem is reported at once.</summary>
internal static class AttachRequestReader
{
    private const int MaximumIdLength = 1024;
    private const int MaximumLabels = 256;
    private const uint LeastMtu = 1280;         // RFC 8200 section 5

    public static AttachmentKey ToKey(this Contracts.Cni.AttachmentKey? key) =>
        key is null ? default : new AttachmentKey(key.Network, key.ContainerId, key.InterfaceName);

    /// <exception cref="RefusedException">A part of the key is missing.</exception>
    public static AttachmentKey RequireKey(this Contracts.Cni.AttachmentKey? key) =>
        key is { Network.Length: > 0, ContainerId.Length: > 0, InterfaceName.Length: > 0 }
            ? key.ToKey()
            : throw new RefusedException(
                RefusalReason.BadRequest, "network name, container ID or interface name is missing", "correct the runtime's call");

    /// <exception cref="RefusedException">Something is missing or malformed.</exception>
    public static IReadOnlyList<IPAddress> Check(AttachRequest request)
    {
        var problems = new List<string>();
        AttachmentKey key = request.Key.ToKey();
        Require(key.Network, "network name");
        Require(key.ContainerId, "container ID");
        Require(key.InterfaceName, "interface name");
        Require(request.Netns, "network namespace path");
        if (request.Labels.Count > MaximumLabels)
        {
            problems.Add($"{request.Labels.Count} labels are more than the {MaximumLabels} allowed");
        }
        if (request.Mac.Length is not (0 or 6))
        {
            problems.Add($"the wanted MAC has {request.Mac.Length} bytes, not 6");
        }
        else if (request.Mac.Length == 6 && (request.Mac[0] & 1) != 0)
        {
            problems.Add("the wanted MAC is a group address (its first byte is odd)");
        }
        if (request.Mtu is > 0 and < LeastMtu)
        {
            problems.Add($"the wanted MTU is {request.Mtu}, and must be {LeastMtu} bytes at least");
        }
        var wanted = new List<IPAddress>();
        foreach (ByteString address in request.Addresses)
        {
            if (address.Length is 4 or 16)
            {
                wanted.Add(new IPAddress(address.Span));
            }
            else
            {
                problems.Add($"a wanted address has {address.Length} bytes, not 4 or 16");
            }
        }
        PortMappingReader.Read(request.Options, problems);
        Kernel.LinkLimits.Check(request.Options?.Bandwidth, problems);
        if (problems.Count > 0)
        {
            throw new RefusedException(RefusalReason.BadRequest, string.Join("; ", problems), "correct the network configuration or the runtime's call");
        }
        return wanted;

        void Require(string? value, string what)
        {
            if (string.IsNullOrEmpty(value))
            {
                problems.Add($"the {what} is missing");
            }
            else if (value.Length > MaximumIdLength)
            {
                problems.Add($"the {what} has {value.Length} characters, more than {MaximumIdLength}");
            }
        }
    }
}
