using System.Net;
using Google.Protobuf;
using Weft.CniPlugin.Tests.Processes;
using Weft.Contracts;
using Weft.Contracts.Cni;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Route;

namespace Weft.CniPlugin.Tests.Kernel;

/// <summary>
/// A node in a network namespace of its own, with a bridge as weftd makes it, and a daemon that hands out addresses one after
/// the other.
/// </summary>
internal sealed class TestNode : IDisposable
{
    private static readonly MacAddress BridgeMac = MacAddress.Parse("02:57:00:00:00:01");

    private readonly NetworkNamespace _namespace;
    private readonly int _bridgeIndex;
    private int _last = 4;

    /// <param name="answer">Answers some requests in another way; null leaves a request to the node.</param>
    public TestNode(Func<Request, Reply?>? answer = null)
    {
        KernelRequirement.Root();
        _namespace = NetworkNamespace.Create();
        Route = RouteSocket.Open(_namespace);
        Route.Execute(new RouteBatch()
            .SetLink("lo", new LinkChange { Up = true })
            .CreateBridge(new BridgeSpec { Name = "weft1", Mac = BridgeMac, Mtu = 1450, AddressGeneration = AddressGenerationMode.None, Up = true }));
        _bridgeIndex = Route.LinkByName("weft1")!.Index;
        Route.Execute(new RouteBatch()
            .AddAddress(new AddressSpec { LinkIndex = _bridgeIndex, Address = new InterfaceAddress(IPAddress.Parse("169.254.1.1"), 32) })
            .AddAddress(new AddressSpec { LinkIndex = _bridgeIndex, Address = new InterfaceAddress(IPAddress.Parse("fe80::1"), 128) }));
        _namespace.Open(static () =>
        {
            File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1");
            File.WriteAllText("/proc/sys/net/ipv6/conf/all/forwarding", "1");
            return 0;
        });
        Daemon = new ScriptedDaemon(request => answer?.Invoke(request) ?? Answer(request));
    }

    public ScriptedDaemon Daemon { get; }

    /// <summary>Looks at the node's kernel.</summary>
    public RouteSocket Route { get; }

    public string Path => _namespace.Path;

    public int BridgeIndex => _bridgeIndex;

    /// <summary>What is left of containers on the node.</summary>
    public IEnumerable<string> Leftovers =>
    [
        .. Route.Links(masterIndex: _bridgeIndex).Select(static l => l.Name),
        .. Route.Routes(protocol: RouteProtocol.Weft).Select(static r => r.Destination.ToString()),
        .. Route.Neighbours(linkIndex: _bridgeIndex).Where(static n => n.State == NeighbourState.Permanent).Select(static n => n.Address.ToString()),
    ];

    public T Open<T>(Func<T> open) => _namespace.Open(open);

    /// <summary>Runs the plugin on this node.</summary>
    public PluginAnswer Run(string verb, NetworkNamespace? container, string more = "", string id = "c1", string interfaceName = "eth0", string version = "1.1.0") =>
        PluginProcess.Run(
            $$"""{"cniVersion":"{{version}}","name":"net","type":"weft-cni","socket":"{{Daemon.SocketPath}}"{{more}}}""", Path,
            ("CNI_COMMAND", verb), ("CNI_CONTAINERID", id), ("CNI_NETNS", container?.Path), ("CNI_IFNAME", interfaceName), ("CNI_PATH", "/opt/cni/bin"));

    public void Dispose()
    {
        Daemon.Dispose();
        Route.Dispose();
        _namespace.Dispose();
    }

    private Reply Answer(Request request) => request.CallCase switch
    {
        Request.CallOneofCase.Attach => new Reply { Attached = Attach(request.Attach.Key) },
        Request.CallOneofCase.Check => new Reply { Check = new CheckReply { Expected = Replies.DualStack() } },
        _ => ScriptedDaemon.Done(),
    };

    private AttachReply Attach(AttachmentKey key)
    {
        int number = Interlocked.Increment(ref _last);
        AttachReply reply = Replies.DualStack(WeftPaths.HostInterface(key.Network, key.ContainerId, key.InterfaceName), _bridgeIndex);
        reply.HostMac = ByteString.CopyFrom(0x02, 0x57, 0, 0, 1, (byte)number);
        reply.ContainerMac = ByteString.CopyFrom(0x02, 0x57, 0, 0, 2, (byte)number);
        reply.Addresses[0].Ip = ByteString.CopyFrom(10, 83, 0, (byte)number);
        reply.Addresses[1].Ip = ByteString.CopyFrom(IPAddress.Parse($"fd83::{number:x}").GetAddressBytes());
        return reply;
    }
}
