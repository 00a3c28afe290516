using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.PacketLog;
using Weft.TestSupport;

namespace Weft.Dataplane.Tests.PacketLog;

/// <summary>Real packets that a real rule logs.</summary>
public sealed class PacketLogMonitorTests : IDisposable
{
    private readonly TestNamespace _space = new();

    public void Dispose() => _space.Dispose();

    [KernelFact]
    public async Task A_logged_packet_comes_with_prefix_addresses_and_ports()
    {
        _space.Sh("ip link set lo up");
        Assert.Equal(0, _space.Exec("nft", "table inet t { chain c { type filter hook input priority 0; udp dport 4000 log prefix \"here \" group 77; }; }").ExitCode);
        var seen = new TaskCompletionSource<LoggedPacket>(TaskCreationOptions.RunContinuationsAsynchronously);
        using PacketLogMonitor monitor = PacketLogMonitor.Start(77, packet => seen.TrySetResult(packet), _space.Namespace);
        using Socket socket = _space.Open(() => new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp));
        socket.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 5000));

        socket.SendTo("x"u8.ToArray(), new IPEndPoint(IPAddress.IPv6Loopback, 4000));

        Assert.Equal(new LoggedPacket("here ", IPAddress.IPv6Loopback, IPAddress.IPv6Loopback, 17, 5000, 4000), await seen.Task.WaitAsync(Programs.DefaultLimit));
        Assert.False(monitor.Completion.IsCompleted);
    }

    [KernelFact]
    public void A_group_that_somebody_has_is_refused()
    {
        using PacketLogMonitor first = PacketLogMonitor.Start(77, _ => { }, _space.Namespace);

        KernelException refused = Assert.ThrowsAny<KernelException>(() => PacketLogMonitor.Start(77, _ => { }, _space.Namespace));

        Assert.Equal(Errno.EPERM, refused.Errno);
    }
}
