using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Networks;
using Weft.Policy.Model;

namespace Weft.PolicyBench;

/// <summary>Endpoints as attachments of a node.</summary>
internal static class Records
{
    public static AttachmentRecord Of(PolicyEndpoint endpoint, ulong id) => new()
    {
        Id = id,
        Key = new AttachmentKey("bench", endpoint.Name.Name, "eth0"),
        Netns = "/var/run/netns/none",
        NetnsDevice = 0,
        NetnsInode = 0,
        WeftNetwork = "default",
        EndpointNamespace = endpoint.Name.Namespace,
        EndpointName = endpoint.Name.Name,
        Labels = endpoint.Labels.Pairs.ToDictionary(),
        HostInterface = $"wft{id}",
        HostMac = DerivedMacs.HostEnd(endpoint.Addresses[0]).ToByteArray(),
        ContainerMac = DerivedMacs.Container(endpoint.Addresses[0]).ToByteArray(),
        Mtu = 1450,
        Addresses = [.. endpoint.Addresses.Select(address => new AttachmentAddress(address, address.GetAddressBytes().Length * 8, address))],
        BootId = "none",
        Created = DateTimeOffset.UnixEpoch,
    };
}
