using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Overlay;
using Weft.TestSupport;

namespace Weft.NetDaemon.Tests.Overlay;

/// <summary>
/// Nodes as network namespaces on one switch, each with an uplink "eth0" (192.0.2.n, 2001:db8::n) and, standing for its containers, the addresses 10.83.n.1 and
/// fd00:57::n:1 of its blocks.
/// </summary>
internal sealed class OverlayLab : IDisposable
{
    private readonly TestNamespace _switch = new();
    private readonly List<LabNode> _nodes = [];

    public OverlayLab(int nodes, bool direct = false, AddressFamily underlay = AddressFamily.InterNetwork)
    {
        KernelRequirement.KernelFeature(Directory.Exists("/sys/module/vxlan"), "VXLAN");
        Network = new OverlayNetwork { Name = "default", Number = 1, Vni = 4097, Underlay = underlay };
        Direct = direct;
        _switch.Sh("ip link add br0 type bridge");
        _switch.Sh("ip link set br0 up");
        for (uint n = 1; n <= nodes; n++)
        {
            _nodes.Add(new LabNode(this, n));
        }
    }

    /// <summary>Between the nodes: bridge "br0" with a port, "port1" and so on, for each.</summary>
    public TestNamespace Switch => _switch;

    public OverlayNetwork Network { get; }

    /// <summary>Whether its nodes say that they need no tunnel.</summary>
    public bool Direct { get; }

    public IReadOnlyList<LabNode> Nodes => _nodes;

    public LabNode this[int number] => _nodes[number - 1];

    /// <summary>What a node publishes. Numbers beyond the lab's make nodes that nobody is behind.</summary>
    public static OverlayNode Facts(uint number) => new()
    {
        Name = $"node{number}",
        Number = number,
        Underlay4 = Address(IPAddress.Parse("192.0.2.0"), number),
        Underlay6 = Address(IPAddress.Parse("2001:db8::"), number),
        Segments = [Cidr.Parse("192.0.2.0/24"), Cidr.Parse("2001:db8::/64")],
        Mac = new MacAddress([2, 0, 0, 1, (byte)(number >> 8), (byte)number]),
        Blocks = [Cidr.Containing(Address(IPAddress.Parse("10.83.0.0"), number << 8), 26), Cidr.Containing(Address(IPAddress.Parse("fd00:57::"), number << 16), 122)],
    };

    public static IPAddress Address(IPAddress network, uint offset) => AddressNumber.ToAddress(network.AddressFamily, AddressNumber.Of(network) + offset);

    /// <summary>Brings all nodes in line; each knows all others.</summary>
    public void Reconcile()
    {
        foreach (LabNode node in _nodes)
        {
            Assert.Empty(node.Run().Problems);
        }
    }

    public void Dispose()
    {
        foreach (LabNode node in _nodes)
        {
            node.Dispose();
        }
        _switch.Dispose();
    }

    internal sealed class LabNode : IDisposable
    {
        private readonly OverlayLab _lab;
        private readonly RouteSocket _socket;

        public LabNode(OverlayLab lab, uint number)
        {
            _lab = lab;
            Number = number;
            string port = $"port{number}";
            using (RouteSocket hub = lab._switch.OpenRoute())
            {
                hub.Execute(new RouteBatch()
                    .CreateVeth(new VethSpec { Name = port, PeerName = "eth0", PeerNamespace = Namespace.Namespace, MasterIndex = hub.LinkByName("br0")!.Index, Up = true }));
            }
            Namespace.Sh($"ip link set eth0 address {Facts(number).Mac}");
            Namespace.Sh($"ip addr add 192.0.2.{number}/24 dev eth0");
            Namespace.Sh($"ip addr add 2001:db8::{number:x}/64 dev eth0 nodad");
            // Neighbour solicitations for IPv4 packets come from the link-local address, which must not be waited for.
            Namespace.Sh("sysctl -qw net.ipv6.conf.eth0.accept_dad=0");
            Namespace.Sh("ip link set eth0 up");
            Namespace.Sh($"ip addr add {Container4}/32 dev lo");
            Namespace.Sh($"ip addr add {Container6}/128 dev lo nodad");
            _socket = Namespace.OpenRoute();
            Reconciler = new OverlayReconciler(_socket, Namespace.Namespace);
            Uplink = _socket.LinkByName("eth0")!.Index;
        }

        public uint Number { get; }

        public int Uplink { get; }

        public TestNamespace Namespace { get; } = new();

        public RouteSocket Socket => _socket;

        public OverlayReconciler Reconciler { get; private set; }

        public IPAddress Container4 => Address(IPAddress.Parse("10.83.0.1"), Number << 8);

        public IPAddress Container6 => Address(IPAddress.Parse("fd00:57::1"), Number << 16);

        public OverlayNode Own => Facts(Number) with { RoutesDirectly = _lab.Direct };

        public IReadOnlyList<OverlayNode> Known => [.. _lab.Nodes.Select(n => n.Own)];

        public OverlayPlan Plan(IEnumerable<OverlayNode>? nodes = null) => OverlayPlan.Build(_lab.Network, Own, nodes ?? Known, "eth0");

        public ReconcileReport Run(IEnumerable<OverlayNode>? nodes = null) => Reconciler.Run([Plan(nodes)]);

        public ReconcileReport Apply(IEnumerable<OverlayNode> nodes) => Reconciler.Apply([Plan(nodes)]);

        /// <summary>As a weftd that starts anew: it knows nothing of what was applied.</summary>
        public void Restart() => Reconciler = new OverlayReconciler(_socket, Namespace.Namespace);

        /// <summary>Pings the containers of another node, from this node's.</summary>
        public void Reaches(LabNode other)
        {
            Namespace.Exec("ping", "-c", "1", "-W", "2", "-I", $"{Container4}", $"{other.Container4}").Ok();
            Namespace.Exec("ping", "-c", "1", "-W", "2", "-I", $"{Container6}", $"{other.Container6}").Ok();
        }

        public void Dispose()
        {
            _socket.Dispose();
            Namespace.Dispose();
        }
    }
}
