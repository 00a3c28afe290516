using Weft.Dataplane.Ethtool;
using Weft.Dataplane.Netlink;
using Weft.TestSupport;

namespace Weft.Dataplane.Tests.Ethtool;

public sealed class EthtoolTests
{
    [KernelFact]
    public void Offloads_are_switched_by_name()
    {
        KernelRequirement.Program("ethtool");
        using var pair = new NamespacePair();
        using EthtoolSocket socket = EthtoolSocket.Open(pair.Left.Namespace);
        Assert.Contains(socket.Features("link"), feature => feature is { Name: OffloadNames.TransmitChecksum, Active: true, Changeable: true });
        IReadOnlyList<string> failed = socket.Switch(
            "link", KeyValuePair.Create(OffloadNames.TransmitChecksum, false), KeyValuePair.Create(OffloadNames.GenericReceive, true));
        Assert.Empty(failed);
        OffloadFeature[] now = [.. socket.Features(pair.LeftIndex)];
        Assert.False(now.Single(feature => feature.Name == OffloadNames.TransmitChecksum).Active);
        Assert.True(now.Single(feature => feature.Name == OffloadNames.GenericReceive).Active);
        string shown = pair.Left.Sh("ethtool -k link");
        Assert.Contains("tx-checksum-ip-generic: off", shown, StringComparison.Ordinal);
        Assert.Contains("generic-receive-offload: on", shown, StringComparison.Ordinal);
    }

    [KernelFact]
    public void What_the_driver_fixes_is_returned_as_not_done()
    {
        using var pair = new NamespacePair();
        using EthtoolSocket socket = EthtoolSocket.Open(pair.Left.Namespace);
        // Segmentation needs checksums: switched off with them, it cannot be on.
        IReadOnlyList<string> failed = socket.Switch(
            "link", KeyValuePair.Create(OffloadNames.TransmitChecksum, false), KeyValuePair.Create(OffloadNames.TcpSegmentation, true));
        Assert.Equal([OffloadNames.TcpSegmentation], failed);
    }

    [KernelFact]
    public void Unknown_devices_and_names_are_said()
    {
        using var pair = new NamespacePair();
        using EthtoolSocket socket = EthtoolSocket.Open(pair.Left.Namespace);
        Assert.Equal(Errno.ENODEV, Assert.Throws<NetlinkException>(() => socket.Features("nobody")).Errno);
        NetlinkException unknown = Assert.Throws<NetlinkException>(() => socket.Switch("link", KeyValuePair.Create("no-such-offload", true)));
        Assert.Equal(Errno.EOPNOTSUPP, unknown.Errno);
        Assert.Equal("ethtool --features link no-such-offload on", unknown.Operation);
    }
}
