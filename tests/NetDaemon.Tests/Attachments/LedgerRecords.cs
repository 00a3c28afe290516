using System.Net;
using Weft.NetDaemon.Attachments;

namespace Weft.NetDaemon.Tests.Attachments;

/// <summary>Attachment records for tests.</summary>
internal static class LedgerRecords
{
    public static AttachmentRecord Record(string container, params string[] addresses) => new()
    {
        Key = new AttachmentKey("net", container, "eth0"),
        Netns = "/run/netns/" + container,
        NetnsDevice = ulong.MaxValue,
        NetnsInode = 4026531840,
        WeftNetwork = "default",
        EndpointNamespace = "shop",
        EndpointName = container,
        EndpointUid = "uid-" + container,
        Labels = new Dictionary<string, string> { ["app"] = "web", ["quote"] = "a \"b\"\n\u00e9\U0001f600" },
        HostInterface = "wft" + container,
        HostMac = new byte[] { 2, 1, 2, 3, 4, 5 },
        ContainerMac = new byte[] { 2, 1, 2, 3, 4, 6 },
        Mtu = 1450,
        Addresses =
        [
            .. addresses.Select(a => IPAddress.Parse(a)).Select(a => a.GetAddressBytes().Length == 4
                ? new AttachmentAddress(a, 32, IPAddress.Parse("169.254.1.1"))
                : new AttachmentAddress(a, 128, IPAddress.Parse("fe80::1"))),
        ],
        BootId = "8d7b2a1c-0000-4000-8000-000000000000",
        Created = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123),
    };

    /// <summary>All fields as text, to compare records whole.</summary>
    public static string Describe(AttachmentRecord r) => string.Join('|',
        r.Id, r.Key, r.Netns, r.NetnsDevice, r.NetnsInode, r.WeftNetwork, r.EndpointNamespace, r.EndpointName, r.EndpointUid,
        string.Join(',', r.Labels.OrderBy(l => l.Key, StringComparer.Ordinal)), r.HostInterface, Convert.ToHexString(r.HostMac.Span),
        Convert.ToHexString(r.ContainerMac.Span), r.Mtu, string.Join(',', r.Addresses), r.State, r.BootId, r.Created.ToUnixTimeMilliseconds());
}
