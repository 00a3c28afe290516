using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Weft.Contracts.Cni;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Attachments;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Kernel;

/// <summary>
/// Bytes through limits, from container to container: routed, and judged by connection tracking. More than rate x time + burst can never
/// arrive, however busy the machine is; how close to the rate one flow comes is measured by `scripts/bench limits`.
/// </summary>
public sealed class LimitedTrafficTests
{
    private const ulong Rate = 20_000_000;        // bits per second
    private const int Amount = 4_000_000;         // bytes: 1.6 s at the rate
    private const ulong AbsurdBurst = 4_294_967_295;

    [KernelTheory]
    [InlineData(AddressFamily.InterNetwork, true, false)]
    [InlineData(AddressFamily.InterNetworkV6, true, false)]
    [InlineData(AddressFamily.InterNetwork, false, false)]
    [InlineData(AddressFamily.InterNetworkV6, false, false)]
    [InlineData(AddressFamily.InterNetwork, true, true)]
    [InlineData(AddressFamily.InterNetworkV6, true, true)]
    public async Task No_more_passes_than_the_rate_and_the_burst(AddressFamily family, bool egress, bool bridgeNetfilter)
    {
        await using TestNode node = await TestNode.StartAsync();
        using var sender = new TestNamespace();
        using var receiver = new TestNamespace();
        node.SwitchBridgeNetfilter(bridgeNetfilter);
        await AddAsync(node, "from", sender, egress ? new Bandwidth { EgressRate = Rate, EgressBurst = AbsurdBurst } : null);
        AttachmentRecord to = await AddAsync(node, "to", receiver, egress ? null : new Bandwidth { IngressRate = Rate, IngressBurst = AbsurdBurst });
        IPAddress address = to.Addresses.Select(a => a.Address).First(a => a.AddressFamily == family);

        long start = Stopwatch.GetTimestamp();
        await TransferAsync(sender, receiver, address);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);

        // A burst is 50 ms of the rate, and a class goes into debt by one segment of 64 KiB.
        double most = (Rate / 8 * (elapsed.TotalSeconds + 0.05)) + 65_536;
        Assert.True(most >= Amount, $"{Amount} bytes took {elapsed.TotalSeconds:0.000} s at {Rate} bit/s: {most:0} at most");
        Assert.True(Sent(node, egress ? "class show dev weft-shape" : $"qdisc show dev {to.HostInterface}") >= Amount, "the transfer passed by the limit");
        Assert.Equal(0, node.Reconcile().Operations);
    }

    [KernelFact]
    public async Task A_forged_source_does_not_use_up_what_another_container_may_send()
    {
        await using TestNode node = await TestNode.StartAsync();
        using var victim = new TestNamespace();
        using var forger = new TestNamespace();
        AttachmentRecord robbed = await AddAsync(node, "victim", victim, new Bandwidth { EgressRate = Rate });
        await AddAsync(node, "forger", forger, new Bandwidth { EgressRate = Rate });
        IPAddress address = robbed.Addresses.Select(a => a.Address).First(a => a.AddressFamily == AddressFamily.InterNetwork);
        forger.Sh($"ip address add {address}/32 dev eth0");
        using Socket socket = forger.Open(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        socket.Bind(new IPEndPoint(address, 0));

        for (int i = 0; i < 50; i++)
        {
            socket.SendTo(new byte[1000], new IPEndPoint(IPAddress.Parse("192.0.2.1"), 9));
        }

        Assert.Equal(0, Sent(node, "class show dev weft-shape"));
    }

    /// <summary>An ADD with the container's side wired as the plugin does it.</summary>
    private static async Task<AttachmentRecord> AddAsync(TestNode node, string container, TestNamespace netns, Bandwidth? bandwidth)
    {
        AttachmentRecord record = await node.AddAsync(
            container, netns.Namespace, bandwidth is null ? null : new AttachmentOptions { Bandwidth = bandwidth });
        LinkInfo bridge = node.Link("weft1")!;
        using RouteSocket routes = netns.OpenRoute();
        int index = routes.LinkByName("eth0")!.Index;
        foreach (AttachmentAddress address in record.Addresses)
        {
            var batch = new RouteBatch()
                .AddAddress(new AddressSpec { LinkIndex = index, Address = new InterfaceAddress(address.Address, address.PrefixLength), NoDad = true })
                .ReplaceNeighbour(new NeighbourSpec { LinkIndex = index, Address = address.Gateway, Mac = bridge.Mac!.Value });
            routes.Execute(batch);
            netns.Sh($"ip route add {address.Gateway} dev eth0");
            netns.Sh($"ip route add default via {address.Gateway} dev eth0 src {address.Address}");
        }
        return record;
    }

    private static async Task TransferAsync(TestNamespace sender, TestNamespace receiver, IPAddress address)
    {
        using Socket listener = receiver.Open(() => new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        listener.Bind(new IPEndPoint(address, 0));
        listener.Listen();
        using Socket outgoing = sender.Open(() => new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        await outgoing.ConnectAsync(listener.LocalEndPoint!);
        using Socket incoming = await listener.AcceptAsync();
        Task sending = SendAsync(outgoing);
        var buffer = new byte[65_536];
        int received = 0;
        while (await incoming.ReceiveAsync(buffer) is > 0 and var count)
        {
            received += count;
        }
        await sending;
        Assert.Equal(Amount, received);
    }

    private static async Task SendAsync(Socket socket)
    {
        ReadOnlyMemory<byte> rest = new byte[Amount];
        while (!rest.IsEmpty)
        {
            rest = rest[await socket.SendAsync(rest)..];
        }
        socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Bytes that disciplines or classes have let through, by tc's account.</summary>
    private static long Sent(TestNode node, string what) => node.Namespace.Sh($"tc -s {what}")
        .Split('\n')
        .Select(l => l.Trim().Split(' '))
        .Where(w => w is ["Sent", ..])
        .Sum(w => long.Parse(w[1], System.Globalization.CultureInfo.InvariantCulture));
}
