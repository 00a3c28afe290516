using Weft.Contracts.V1;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Tests.Attachments;

namespace Weft.NetDaemon.Tests.Kernel;

/// <summary>Wanted states for tests of what follows from them.</summary>
internal static class Plans
{
    /// <summary>Two networks: "default", dual-stack and masqueraded, and "lab", IPv4 only and routed as it is.</summary>
    public static NetworkSnapshot Networks() => new(
    [
        NetworkView.Create(
            new Network { Name = "lab", Number = 2, Vni = 2, Gateway4 = "169.254.1.2", Mtu = 1400 },
            [Pool("lab-v4", "lab", "172.20.0.0/24", 26)],
            1450),
        NetworkView.Create(
            new Network { Name = "default", Number = 1, Vni = 1, Masquerade = true, Gateway4 = "169.254.1.1" },
            [Pool("default-v6", "default", "fd00:57::/56", 122), Pool("default-v4", "default", "10.83.0.0/16", 26)],
            1450),
    ]);

    public static IReadOnlyList<Cidr> Blocks() => [Cidr.Parse("fd00:57::/122"), Cidr.Parse("172.20.0.64/26"), Cidr.Parse("10.83.0.0/26")];

    /// <summary>A committed one on both families, a pending one, one of the other network, and one of a network that is gone.</summary>
    public static IReadOnlyList<AttachmentRecord> Attachments() =>
    [
        Attachment(1, "a", "default", "10.83.0.1", "fd00:57::1"),
        Attachment(2, "b", "default", "10.83.0.2", "fd00:57::2") with { State = AttachmentState.Pending },
        Attachment(3, "c", "lab", "172.20.0.65"),
        Attachment(4, "d", "gone", "192.0.2.9"),
    ];

    private static AttachmentRecord Attachment(ulong id, string container, string network, params string[] addresses) =>
        LedgerRecords.Record(container, addresses) with { Id = id, WeftNetwork = network, State = AttachmentState.Committed };

    private static Pool Pool(string name, string network, string cidr, uint blockSize) =>
        new() { Name = name, Network = network, Cidr = cidr, BlockSize = blockSize };
}
