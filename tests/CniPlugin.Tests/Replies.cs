using System.Net;
using Google.Protobuf;
using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Results;
using Weft.CniPlugin.Wiring;
using Weft.Contracts.Cni;

namespace Weft.CniPlugin.Tests;

/// <summary>Answers of weftd for tests.</summary>
internal static class Replies
{
    public static readonly AttachmentKey Key = new() { Network = "net", ContainerId = "c1", InterfaceName = "eth0" };

    public static AttachReply DualStack(string hostInterface = "wftabcdefghijkl", int bridgeIndex = 7) => new()
    {
        AttachmentId = 42,
        HostInterface = hostInterface,
        HostMac = Mac(2),
        ContainerMac = Mac(3),
        Bridge = "weft1",
        BridgeIndex = (uint)bridgeIndex,
        BridgeMac = Mac(1),
        Mtu = 1450,
        WeftNetwork = "default",
        Addresses = { Address("10.83.0.5", 32, "169.254.1.1"), Address("fd83::5", 128, "fe80::1") },
    };

    /// <summary>The result of an ADD of <see cref="DualStack"/> into /run/netns/x.</summary>
    public static CniResult Result()
    {
        WiringPlan plan = WiringPlan.Build(DualStack(), Key);
        return plan.ToResult("/run/netns/x", DnsSettings.None, new ContainerBatches(plan, 1).Routes());
    }

    private static ByteString Mac(byte last) => ByteString.CopyFrom(0x02, 0x57, 0, 0, 0, last);

    private static Address Address(string ip, uint length, string gateway) => new()
    {
        Ip = ByteString.CopyFrom(IPAddress.Parse(ip).GetAddressBytes()),
        PrefixLength = length,
        Gateway = ByteString.CopyFrom(IPAddress.Parse(gateway).GetAddressBytes()),
    };
}
