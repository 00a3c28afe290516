using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Conntrack;
using Weft.TestSupport;

namespace Weft.Dataplane.Tests.Conntrack;

public sealed class ConntrackTests : IDisposable
{
    private const byte Udp = 17;
    private const byte Icmp = 1;
    private const byte Icmp6 = 58;

    private readonly NamespacePair _pair = new();
    private readonly ConntrackSocket _socket;

    public ConntrackTests()
    {
        KernelRequirement.Program("nft");
        // Flows are tracked only where a rule asks about them.
        _pair.Left.Sh("nft add table inet t");
        _pair.Left.Sh("nft add chain inet t c { type filter hook output priority 0 ; }");
        _pair.Left.Sh("nft add rule inet t c ct state new counter");
        _socket = ConntrackSocket.Open(_pair.Left.Namespace);
    }

    public void Dispose()
    {
        _socket.Dispose();
        _pair.Dispose();
    }

    [KernelFact]
    public void Flows_are_shown_and_counted()
    {
        Assert.Equal(0, _socket.Count());
        int source = SendFrom(NamespacePair.LeftAddress, NamespacePair.RightAddress, 5300);
        ConntrackEntry entry = Assert.Single(_socket.Entries(), found => found.Original.Protocol == Udp);
        Assert.Equal(new ConntrackTuple(NamespacePair.LeftAddress, NamespacePair.RightAddress, Udp, (ushort)source, 5300), entry.Original);
        Assert.Equal(new ConntrackTuple(NamespacePair.RightAddress, NamespacePair.LeftAddress, Udp, 5300, (ushort)source), entry.Reply);
        Assert.InRange(entry.Timeout, 1u, 600u);
        Assert.Equal(_socket.Entries().Count, _socket.Count());
    }

    [KernelTheory]
    [InlineData("192.0.2.1", "192.0.2.2")]
    [InlineData("2001:db8::1", "2001:db8::2")]
    public void Flows_of_an_address_are_deleted_and_others_stay(string from, string to)
    {
        (IPAddress source, IPAddress target) = (IPAddress.Parse(from), IPAddress.Parse(to));
        for (int i = 0; i < 300; i++)
        {
            SendFrom(source, target, 5300 + i);
        }
        SendFrom(IPAddress.Loopback, IPAddress.Loopback, 5300);
        Assert.InRange(_socket.Delete(Of(target)), 300, 310);      // neighbour discovery may have entries of its own
        Assert.Empty(Of(target));
        Assert.Single(Of(IPAddress.Loopback), found => found.Original.Protocol == Udp);
        Assert.Equal(0, _socket.Delete(Of(target)));
    }

    [KernelFact]
    public void A_translated_flow_is_found_by_the_address_behind_the_translation()
    {
        _pair.Left.Sh("nft add chain inet t nat { type nat hook output priority -100 ; }");
        _pair.Left.Sh("nft add rule inet t nat ip daddr 198.51.100.1 dnat ip to 192.0.2.2");
        _pair.Left.Sh("ip route add 198.51.100.1 dev link");
        SendFrom(NamespacePair.LeftAddress, IPAddress.Parse("198.51.100.1"), 5300);
        ConntrackEntry entry = Assert.Single(Of(NamespacePair.RightAddress), found => found.Original.Protocol == Udp);
        Assert.Equal(IPAddress.Parse("198.51.100.1"), entry.Original.Destination);
        Assert.Equal(NamespacePair.RightAddress, entry.Reply.Source);
        Assert.InRange(_socket.Delete(Of(NamespacePair.RightAddress)), 1, 2);
        Assert.Empty(Of(IPAddress.Parse("198.51.100.1")));
    }

    [KernelTheory]
    [InlineData("192.0.2.1", "192.0.2.2")]
    [InlineData("2001:db8::1", "2001:db8::2")]
    public void Flows_to_a_port_are_found_and_deleted_and_others_stay(string from, string to)
    {
        (IPAddress source, IPAddress target) = (IPAddress.Parse(from), IPAddress.Parse(to));
        for (int i = 0; i < 3; i++)
        {
            SendFrom(source, target, 5300);
            SendFrom(source, target, 5301 + i);
        }
        Assert.Empty(_socket.Entries(new ConntrackSelection().Add(6, 5300)));
        Assert.Empty(_socket.Entries(new ConntrackSelection()));
        List<ConntrackEntry> found = _socket.Entries(new ConntrackSelection().Add(Udp, 5300));
        Assert.Equal(3, found.Count);
        Assert.All(found, entry => Assert.Equal((target, (ushort)5300), (entry.Original.Destination, entry.Original.DestinationPort)));
        Assert.Equal(5, _socket.Entries(new ConntrackSelection().Add(Udp, 5300).Add(Udp, 5301).Add(Udp, 5302)).Count);

        Assert.Equal(3, _socket.Delete(found));

        Assert.Equal(0, _socket.Delete(found));
        Assert.Empty(_socket.Entries(new ConntrackSelection().Add(Udp, 5300)));
        Assert.Equal(3, _socket.Entries(new ConntrackSelection().Add(Udp, 5301).Add(Udp, 5302).Add(Udp, 5303)).Count);
    }

    [KernelFact]
    public void Addresses_and_ports_of_both_families_are_found_by_one_look()
    {
        SendFrom(IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.0.2.2"), 5300);
        SendFrom(IPAddress.Parse("2001:db8::1"), IPAddress.Parse("2001:db8::2"), 5301);
        SendFrom(IPAddress.Loopback, IPAddress.Loopback, 5302);
        SendFrom(IPAddress.IPv6Loopback, IPAddress.IPv6Loopback, 5303);

        List<ConntrackEntry> found = _socket.Entries(new ConntrackSelection().Add(Udp, 5300).Add(Udp, 5301).Add(IPAddress.Loopback));

        Assert.Equal([5300, 5301, 5302], found.Select(entry => (int)entry.Original.DestinationPort).Order());
        Assert.True(found[0].Involves(new HashSet<IPAddress> { found[0].Reply.Source }));
        Assert.False(found[0].Involves(new HashSet<IPAddress> { IPAddress.IPv6Loopback }));
    }

    [KernelTheory]
    [InlineData("192.0.2.2", Icmp)]
    [InlineData("2001:db8::2", Icmp6)]
    public void Pings_are_flows_too(string to, byte protocol)
    {
        IPAddress target = IPAddress.Parse(to);
        KernelRequirement.Program("ping");
        _pair.Left.Sh($"ping -c 1 -W 5 {to}");
        Assert.Contains(Of(target), found => found.Original.Protocol == protocol);
        Assert.InRange(_socket.Delete(Of(target)), 1, 5);
        Assert.DoesNotContain(Of(target), found => found.Original.Protocol == protocol);
    }

    private List<ConntrackEntry> Of(IPAddress address) => _socket.Entries(new ConntrackSelection().Add(address));

    /// <summary>Sends a datagram inside; returns its source port.</summary>
    private int SendFrom(IPAddress source, IPAddress target, int port) => _pair.Left.Open(() =>
    {
        using var socket = new Socket(target.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(source, 0));
        socket.SendTo([1, 2, 3], new IPEndPoint(target, port));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    });
}
