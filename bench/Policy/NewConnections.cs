using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Weft.Contracts.V1;
using Weft.Dataplane.Namespaces;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Configuration;
using Weft.NetDaemon.Kernel;
using Weft.NetDaemon.Networks;
using Weft.NetDaemon.Policies;
using Weft.Policy.Model;

namespace Weft.PolicyBench;

/// <summary>
/// Does what a packet costs grow with how much there is? Two containers of one node, real TCP: new connections one after the other, and round trips on one, with one policy over two addresses
/// and with 10,000 policies over 10,000, in turns. Both are isolated in both directions, and let each other through by selectors.
/// </summary>
internal static class NewConnections
{
    private const int Many = 10_000;
    private const int Connections = 3000;
    private const int RoundTrips = 20_000;
    private const int Port = 80;

    private static readonly IPAddress Client = IPAddress.Parse("10.0.0.0");     // Worlds.Endpoint 0 and 1
    private static readonly IPAddress Server = IPAddress.Parse("10.0.0.1");

    public static void Run(TextWriter writer, int rounds)
    {
        using NetworkNamespace node = NetworkNamespace.Create();
        using NetworkNamespace client = NetworkNamespace.Create();
        using NetworkNamespace server = NetworkNamespace.Create();
        Wire(node, client, server);
        using Firewall firewall = Firewall.Open(NftablesOwner.Auto, node);
        using Socket listener = server.Open(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        listener.Bind(new IPEndPoint(Server, Port));
        listener.Listen(512);
        var serving = new Thread(() => Serve(listener)) { IsBackground = true };
        serving.Start();
        List<double> rates = [];
        List<double> trips = [];
        writer.WriteLine("round | connections a second: 1 policy, 10,000 | ratio | round trip us: 1 policy, 10,000 | ratio (of rates)");
        for (int round = 0; round <= rounds; round++)
        {
            var measured = new Dictionary<int, (double Rate, double Trip)>();
            foreach (int policies in round % 2 == 0 ? (int[])[1, Many] : [Many, 1])
            {
                Load(firewall, policies);
                measured[policies] = (Connect(client), Ping(client));
            }
            if (round == 0)
            {
                continue;       // warms up
            }
            rates.Add(measured[Many].Rate / measured[1].Rate);
            trips.Add(measured[1].Trip / measured[Many].Trip);
            writer.WriteLine($"{round,5} | {measured[1].Rate,6:f0} {measured[Many].Rate,6:f0} | {rates[^1]:f3} | {measured[1].Trip,5:f2} {measured[Many].Trip,5:f2} | {trips[^1]:f3}");
        }
        rates.Sort();
        trips.Sort();
        writer.WriteLine($"median of ratios: connections {rates[rates.Count / 2]:f3}, round trips {trips[trips.Count / 2]:f3}");
    }

    private static void Wire(NetworkNamespace node, NetworkNamespace client, NetworkNamespace server)
    {
        Ip(node, "link add weft1 type bridge", "addr add 169.254.1.1/32 dev weft1", "link set weft1 up", "link set lo up");
        Shell(node, "sysctl -qw net.ipv4.ip_forward=1; sysctl -qw net.bridge.bridge-nf-call-iptables=0 || true");
        foreach ((NetworkNamespace space, string port, IPAddress address) in ((NetworkNamespace, string, IPAddress)[])[(client, "c0", Client), (server, "s0", Server)])
        {
            Ip(node, $"link add {port} type veth peer name eth0 netns {space.Path}", $"link set {port} master weft1 up", $"route add {address}/32 dev weft1");
            Shell(node, $"bridge link set dev {port} isolated on");
            Ip(space, "link set eth0 up", $"addr add {address}/32 dev eth0", "route add 169.254.1.1 dev eth0", "route add default via 169.254.1.1");
        }
    }

    private static void Load(Firewall firewall, int policies)
    {
        PolicyWorld world = policies == 1 ? One() : Worlds.World(Many, Many);
        var engine = new PolicyEngine("n0", PolicySettings.Default);
        KernelScale.Tell(engine, world);
        // All of them are here: as many classes and assignments as there can be.
        List<AttachmentRecord> own = [.. world.Endpoints.Values.Select((endpoint, i) => Records.Of(endpoint with { Node = "n0" }, (ulong)i + 1))];
        own.ForEach(engine.Set);
        engine.Set(Between("allow", "app0", "app1"));
        var network = new Network { Name = "default", Number = 1, Vni = 1, Gateway4 = "169.254.1.1", Gateway6 = "fe80::1" };
        KernelScale.Require(firewall.Reconcile(new NetworkSnapshot([NetworkView.Create(network, [], 1500)]), [], own, null, engine.State()));
    }

    private static PolicyWorld One() => PolicyWorld.Empty.With(Worlds.Endpoint(0, Many, "n0")).With(Worlds.Endpoint(1, Many, "n0"));

    /// <summary>Both isolated, and let through to each other by two selectors.</summary>
    private static PolicyDefinition Between(string name, string first, string second)
    {
        Policy.Labels.Selector both = Policy.Labels.Selector.Of(Policy.Labels.Requirement.In("app", first, second));
        var everywhere = new NamespaceScope.Selected(Policy.Labels.Selector.Everything);
        PolicyRule[] rules = [new PolicyRule(0, "", RuleAction.Allow, new PeerMatch.Listed([new Peer.Endpoints(new EndpointSelector(everywhere, both))]), new PortMatch.Listed([new PortRule.Numbered(L4Protocol.Tcp, new PortRange(Port, Port))]))];
        return new PolicyDefinition(
            new PolicyName("NetworkPolicy", "ns0", name), PolicyTier.NetworkPolicy, 0, new PolicySubject.Endpoints(new EndpointSelector(everywhere, both)), rules, rules, Staged: false, []);
    }

    private static void Serve(Socket listener)
    {
        byte[] buffer = new byte[64];
        try
        {
            while (true)
            {
                using Socket accepted = listener.Accept();
                accepted.NoDelay = true;
                int got;
                while ((got = accepted.Receive(buffer)) > 0)
                {
                    accepted.Send(buffer, got, SocketFlags.None);
                }
            }
        }
        catch (SocketException)
        {
            return;     // closed, or reset by the client
        }
    }

    /// <summary>Connections a second, each with one question and its answer.</summary>
    private static double Connect(NetworkNamespace client)
    {
        byte[] buffer = [1];
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Connections; i++)
        {
            using Socket socket = Open(client);
            socket.Send(buffer);
            socket.Receive(buffer);
        }
        return Connections / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Microseconds of a round trip.</summary>
    private static double Ping(NetworkNamespace client)
    {
        byte[] buffer = [1];
        using Socket socket = Open(client);
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < RoundTrips; i++)
        {
            socket.Send(buffer);
            socket.Receive(buffer);
        }
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / RoundTrips;
    }

    private static Socket Open(NetworkNamespace client)
    {
        Socket socket = client.Open(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        socket.NoDelay = true;
        socket.Connect(Server, Port);
        return socket;
    }

    private static void Ip(NetworkNamespace space, params IEnumerable<string> commands)
    {
        foreach (string command in commands)
        {
            Shell(space, "ip " + command);
        }
    }

    private static void Shell(NetworkNamespace space, string command)
    {
        using Process process = Process.Start("nsenter", [$"--net={space.Path}", "sh", "-c", command]);
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"'{command}' failed");
        }
    }
}
