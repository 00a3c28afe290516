using System.Net;
using Google.Protobuf;
using Weft.Contracts.Cni;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Configuration;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Kernel;

/// <summary>A node with a neighbour ("world", 192.0.2.2 and 2001:db8::2), itself 192.0.2.1 and 2001:db8::1, and containers that are wired whole.</summary>
internal sealed class PublishingNode : IAsyncDisposable
{
    public const byte Tcp = 6;
    public const byte Udp = 17;

    public static readonly IPAddress Node4 = IPAddress.Parse("192.0.2.1");
    public static readonly IPAddress Node6 = IPAddress.Parse("2001:db8::1");
    public static readonly IPAddress World4 = IPAddress.Parse("192.0.2.2");
    public static readonly IPAddress World6 = IPAddress.Parse("2001:db8::2");

    private readonly List<IDisposable> _own = [];

    private PublishingNode(TestNode node) => Node = node;

    public TestNode Node { get; }

    public TestNamespace World { get; } = new();

    /// <param name="owner">Whether the tables are weftd's alone.</param>
    /// <param name="bridgeNetfilter">Whether br_netfilter is on, as it is in a new namespace and on most nodes.</param>
    public static async Task<PublishingNode> StartAsync(NftablesOwner owner = NftablesOwner.Auto, bool bridgeNetfilter = true)
    {
        var node = new PublishingNode(await TestNode.StartAsync(owner));
        node.Node.SwitchBridgeNetfilter(bridgeNetfilter);
        node.Node.Reconcile();
        using RouteSocket inside = node.Node.Namespace.OpenRoute();
        using RouteSocket outside = node.World.OpenRoute();
        var found = new List<LinkInfo>();
        inside.Execute(
            new RouteBatch()
                .CreateVeth(new VethSpec { Name = "up0", PeerName = "up0", PeerNamespace = node.World.Namespace, Up = true })
                .GetLink("up0"),
            found);
        inside.Execute(Addresses(found[0].Index, (Node4, 24), (Node6, 64)));
        outside.Execute(Addresses(found[0].PeerIndex, (World4, 24), (World6, 64)));
        return node;
    }

    public static PortMapping Port(byte protocol, int hostPort, int containerPort, string hostIp = "", bool loopback = false) => new()
    {
        Protocol = protocol,
        HostPort = (uint)hostPort,
        ContainerPort = (uint)containerPort,
        HostIp = hostIp.Length == 0 ? ByteString.Empty : ByteString.CopyFrom(IPAddress.Parse(hostIp).GetAddressBytes()),
        Loopback = loopback,
    };

    public AttachRequest Request(string container, TestNamespace space, params IEnumerable<PortMapping> ports)
    {
        AttachRequest request = Node.Request(container, space.Namespace);
        request.EndpointNamespace = "shop";
        request.EndpointName = container;
        request.Options = new AttachmentOptions();
        request.Options.Ports.AddRange(ports);
        return request;
    }

    /// <summary>A whole ADD, wired on both sides.</summary>
    public async Task<PublishedContainer> AddAsync(string name, params PortMapping[] ports) => await AddAsync(name, "", ports);

    /// <summary>A whole ADD on a network that is named.</summary>
    public Task<PublishedContainer> AddAsync(string name, string network, PortMapping[] ports, params IEnumerable<IPAddress> wanted) =>
        AddAsync(name, network, ports, request => request.Addresses.AddRange(wanted.Select(a => ByteString.CopyFrom(a.GetAddressBytes()))));

    /// <summary>A whole ADD that asks for more.</summary>
    public async Task<PublishedContainer> AddAsync(string name, string network, PortMapping[] ports, Action<AttachRequest> ask)
    {
        var space = new TestNamespace();
        _own.Add(space);
        AttachRequest request = Request(name, space, ports);
        request.WeftNetwork = network;
        ask(request);
        AttachReply reply = await Node.Service.AttachAsync(request);
        Node.Wire(reply, space.Namespace);
        using RouteSocket inside = space.OpenRoute();
        int index = inside.LinkByName("eth0")!.Index;
        RouteBatch batch = Addresses(index, [.. reply.Addresses.Select(a => (new IPAddress(a.Ip.Span), (int)a.PrefixLength))]);
        foreach (Address address in reply.Addresses)
        {
            var gateway = new IPAddress(address.Gateway.Span);
            bool four = gateway.GetAddressBytes().Length == 4;
            batch
                .ReplaceNeighbour(new NeighbourSpec { LinkIndex = index, Address = gateway, Mac = new MacAddress(reply.BridgeMac.Span) })
                .ReplaceRoute(new RouteSpec { Destination = new IPNetwork(gateway, four ? 32 : 128), LinkIndex = index })
                .ReplaceRoute(new RouteSpec { Destination = new IPNetwork(four ? IPAddress.Any : IPAddress.IPv6Any, 0), Gateway = gateway, LinkIndex = index });
        }
        inside.Execute(batch);
        await Node.Service.CommitAsync(reply.AttachmentId);
        Assert.True(Node.Table.TryGet(reply.AttachmentId, out AttachmentRecord? record));
        return new PublishedContainer(name, space, record);
    }

    public Task RemoveAsync(PublishedContainer container) => Node.Service.DetachAsync(container.Record.Key);

    /// <summary>A server in a container that answers with its name and who it sees.</summary>
    public EchoServer Serve(PublishedContainer container, byte protocol, int port) => Serve(container.Space, container.Name, protocol, IPAddress.IPv6Any, port);

    public EchoServer Serve(TestNamespace space, string name, byte protocol, IPAddress address, int port)
    {
        EchoServer server = space.Open(() => new EchoServer(name, protocol, new IPEndPoint(address, port)));
        _own.Add(server);
        return server;
    }

    public string Sysctl(string name) => Node.Namespace.Sh($"sysctl -n {name}").Trim();

    public async ValueTask DisposeAsync()
    {
        foreach (IDisposable own in _own)
        {
            own.Dispose();
        }
        World.Dispose();
        await Node.DisposeAsync();
    }

    private static RouteBatch Addresses(int index, params (IPAddress Address, int Prefix)[] addresses)
    {
        RouteBatch batch = new RouteBatch().SetLink(index, new LinkChange { Up = true });
        foreach ((IPAddress address, int prefix) in addresses)
        {
            batch.AddAddress(new AddressSpec { LinkIndex = index, Address = new InterfaceAddress(address, prefix) });
        }
        return batch;
    }
}
