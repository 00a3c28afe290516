using System.Net;
using System.Text.Json;
using Weft.TestSupport;

namespace Weft.SystemTests.Lab;

/// <summary>
/// Nodes that share an etcd. Each is a namespace with a weftd of its own, an uplink "eth0" into the underlay, and a cable "mgmt0" to where etcd is: what the underlay
/// suffers, etcd does not, and the other way round. The node's container namespaces are its own.
/// <code>
///   node-1 --eth0-- +----------------------------+ --eth0-- node-2      switch: 192.0.2.n, 2001:db8::n on one bridge
///                   | underlay: switch or router |                      router: 198.18.n.1, 2001:db8:n::1, a segment a node
///                   +----------------------------+                      the underlay knows no way to containers
///   node-1 --mgmt0- +  management: etcd          + --mgmt0- node-2      203.0.113.n
/// </code>
/// </summary>
internal sealed class Cluster : IAsyncDisposable
{
    /// <summary>The default network's VXLAN device on each node.</summary>
    public const string Tunnel = "weft1x";

    /// <summary>The default network's VNI.</summary>
    public const int Vni = 1;

    private const int UplinkMtu = 1500;
    private static readonly IPAddress EtcdAddress = IPAddress.Parse("203.0.113.254");

    private readonly List<Node> _nodes = [];
    private readonly HashSet<int> _moved = [];
    private readonly Underlay _underlay;

    private readonly bool _direct;

    private Cluster(Underlay underlay, bool direct) => (_underlay, _direct) = (underlay, direct);

    public EtcdServer Etcd { get; private set; } = null!;

    /// <summary>Where etcd is.</summary>
    public Space Management { get; } = new();

    /// <summary>Between the nodes.</summary>
    public Space Wire { get; } = new();

    /// <summary>Bytes that a container's packets may have.</summary>
    public int ContainerMtu => UplinkMtu - (HasIPv4 ? 50 : 70);

    private bool IsRouted => _underlay is Underlay.Router or Underlay.RouterIPv6;

    private bool HasIPv4 => _underlay is Underlay.Switch or Underlay.Router;

    /// <summary>A node by its number: 1 and up.</summary>
    public Node this[int number] => _nodes[number - 1];

    /// <summary>Makes the underlay, etcd and nodes, and starts each node's weftd.</summary>
    /// <param name="nodes">How many.</param>
    /// <param name="underlay">What is between them.</param>
    /// <param name="config">Lines of each weftd's config file, besides the usual ones.</param>
    /// <param name="direct">Whether they want no tunnel.</param>
    public static async Task<Cluster> StartAsync(int nodes, Underlay underlay = Underlay.Switch, string config = "", bool direct = false)
    {
        KernelRequirement.KernelFeature(Directory.Exists("/sys/module/vxlan"), "VXLAN");
        KernelRequirement.Need(EtcdServer.IsInstalled, "needs etcd");
        var cluster = new Cluster(underlay, direct);
        try
        {
            await cluster.LayAsync();
            for (int n = 1; n <= nodes; n++)
            {
                await cluster.JoinAsync(config: config);
            }
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>One node more.</summary>
    /// <param name="mtu">Of its uplink, in bytes.</param>
    /// <param name="config">Lines of weftd's config file, besides the usual ones.</param>
    public async Task<Node> JoinAsync(int mtu = UplinkMtu, string config = "")
    {
        Node node = await BringAsync(mtu, config);
        await node.StartWeftdAsync();
        return node;
    }

    /// <summary>One machine more, whose weftd does not run yet.</summary>
    /// <param name="mtu">Of its uplink, in bytes.</param>
    /// <param name="config">Lines of weftd's config file, besides the usual ones.</param>
    /// <param name="name">Of the node; null: its own.</param>
    public async Task<Node> BringAsync(int mtu = UplinkMtu, string config = "", string? name = null)
    {
        int number = _nodes.Count + 1;
        Node node = await Node.CreateAsync(new NodeOptions
        {
            Name = name ?? $"node-{number}",
            ContainerPrefix = $"n{number}c",
            Config = $"{ConfigOf(_direct)}\n{config}",
        });
        _nodes.Add(node);
        await ConnectAsync(node.Space, number, mtu);
        return node;
    }

    /// <summary>A node's weftd starts again, and wants the tunnel or none.</summary>
    public async Task RestartAsync(int number, bool direct)
    {
        Assert.Equal(0, await this[number].Weftd.StopAsync());
        await this[number].ReconfigureAsync(ConfigOf(direct));
        await this[number].StartWeftdAsync();
    }

    /// <summary>Interfaces by which a node reaches other nodes' containers.</summary>
    public static async Task<string[]> WaysAsync(Node node) => [.. (await node.Space.IpAsync("nexthop show proto 87")).EnumerateArray().Select(n => n.GetProperty("dev").GetString()!).Distinct()];

    /// <summary>A node's address on the underlay, of the family that tunnels use.</summary>
    public string AddressOf(int number) => HasIPv4 ? $"{Prefix4(number)}.{Host(number)}" : $"{Prefix6(number)}::{Host(number):x}";

    /// <summary>A container on each of two nodes that reach each other.</summary>
    public async Task<(Container First, Container Second)> AttachPairAsync()
    {
        Container first = await this[1].AttachAsync();
        Container second = await this[2].AttachAsync();
        await ReachAsync(first, second);
        return (first, second);
    }

    /// <summary>Waits until containers reach each other, both ways and over both families.</summary>
    public async Task ReachAsync(Container first, Container second)
    {
        foreach ((Container from, Container to) in ((Container, Container)[])[(first, second), (second, first)])
        {
            foreach (string address in to.Result.Addresses)
            {
                await Until.TrueAsync($"{from.Id} reaches {to.Id} at {address}", () => from.Space.PingsAsync(address), Describe);
            }
        }
    }

    /// <summary>Etcd's record of a node is deleted, as by somebody who takes the node out of the cluster.</summary>
    public void Forget(Node node) => Etcd.Control("del", $"/weft/v1/nodes/{node.Name}");

    /// <summary>Writes a value into etcd that `etcdctl get --hex --print-value-only` has printed into a file.</summary>
    public async Task PutHexAsync(string key, string file)
    {
        byte[] value = Convert.FromHexString((await File.ReadAllTextAsync(file)).Replace("\\x", "", StringComparison.Ordinal));
        string raw = file + ".raw";
        await File.WriteAllBytesAsync(raw, value);
        await Management.ScriptAsync($"ETCDCTL_API=3 etcdctl --endpoints {Etcd.Endpoint} put {key} < {raw} > /dev/null");
    }

    /// <summary>A condition of `weft status`.</summary>
    public static async Task<(string Health, string Message)> ConditionAsync(Node node, string name)
    {
        JsonElement condition = (await node.StatusAsync()).GetProperty("conditions").EnumerateArray().FirstOrDefault(c => c.GetProperty("name").GetString() == name);
        return condition.ValueKind == JsonValueKind.Undefined ? ("", "") : (condition.GetProperty("health").GetString()!, condition.GetProperty("message").GetString()!);
    }

    /// <summary>etcd's revision, for its commands.</summary>
    public string Revision()
    {
        using JsonDocument status = JsonDocument.Parse(Etcd.Control("endpoint", "status", "-w", "json"));
        return status.RootElement[0].GetProperty("Status").GetProperty("header").GetProperty("revision").GetRawText();
    }

    /// <summary>A node gets another address on the underlay, a switch.</summary>
    public async Task MoveAsync(int number)
    {
        string before = AddressOf(number);
        _moved.Add(number);
        await this[number].Space.ScriptAsync($"""
            ip addr del {before}/24 dev eth0
            ip addr add {AddressOf(number)}/24 dev eth0
            ip route replace default via {Prefix4(number)}.254
            """);
    }

    /// <summary>Connects somebody to the underlay, a switch, who is no node.</summary>
    public async Task ConnectStrangerAsync(Space stranger, string address)
    {
        await stranger.ScriptAsync($"""
            ip link set lo up
            ip link add eth0 type veth peer name stranger netns {Wire.Path}
            ip addr add {address}/24 dev eth0
            ip link set eth0 addrgenmode none up
            """);
        await Wire.ScriptAsync("ip link set stranger addrgenmode none master wire up");
        await stranger.ScriptAsync($"ping -n -q -c 1 -w 30 -i 0.01 {Prefix4(0)}.254");
    }

    /// <summary>Every node's log, for messages.</summary>
    public string Describe() => string.Join("\n", _nodes.Select(n => $"--- {n.Name}\n{n.Weftd?.Log}"));

    public async ValueTask DisposeAsync()
    {
        foreach (Node node in Enumerable.Reverse(_nodes))
        {
            await node.DisposeAsync();
        }
        if (Etcd is not null)
        {
            await Etcd.DisposeAsync();
        }
        Wire.Dispose();
        Management.Dispose();
    }

    private string ConfigOf(bool direct) => $"store: etcd\netcd:\n  endpoints: [\"{Etcd.Endpoint}\"]\ndirectRouting: {(direct ? "true" : "false")}";

    private async Task LayAsync()
    {
        await Management.ScriptAsync($"""
            ip link set lo up
            ip link add hub type bridge
            ip addr add {EtcdAddress}/24 dev hub
            ip link set hub up
            """);
        Etcd = await EtcdServer.StartWithinAsync(Management.Namespace, EtcdAddress);
        await Wire.ScriptAsync(IsRouted
            ? """
              ip link set lo up
              sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
              """
            : $"""
              ip link set lo up
              ip link add wire type bridge mcast_snooping 0
              {Addresses("wire", 254, 0)}
              ip link set wire up
              """);
    }

    /// <summary>Lays both cables of a node, and waits until the kernel has noticed their carrier (up to a second).</summary>
    private async Task ConnectAsync(Space node, int number, int mtu)
    {
        string port = $"port{number}";
        await node.ScriptAsync($"""
            ip link add mgmt0 type veth peer name {port} netns {Management.Path}
            ip link add eth0 mtu {mtu} type veth peer name {port} mtu {mtu} netns {Wire.Path}
            ip addr add 203.0.113.{number}/24 dev mgmt0
            ip link set mgmt0 addrgenmode none up
            {Addresses("eth0", Host(number), number)}
            ip link set eth0 addrgenmode none up
            """);
        await Management.ScriptAsync($"ip link set {port} addrgenmode none master hub up");
        // Without a link-local address the router cannot ask again whether a node is still there (ndisc_solicit): it would give it up after 8 s.
        await Wire.ScriptAsync(IsRouted
            ? $"""
               {Addresses(port, 254, number)}
               ip addr add fe80::fe/64 dev {port} nodad
               ip link set {port} addrgenmode none up
               """
            : $"ip link set {port} addrgenmode none master wire up");
        string gateway6 = $"{Prefix6(number)}::{254:x}";
        await node.ScriptAsync($"""
            {(HasIPv4 ? $"ip route add default via {Prefix4(number)}.254" : "")}
            ip -6 route add default via {gateway6}
            ping -n -q -c 1 -w 30 -i 0.01 {gateway6}
            ping -n -q -c 1 -w 30 -i 0.01 {EtcdAddress}
            {(HasIPv4 ? $"ping -n -q -c 1 -w 30 -i 0.01 {Prefix4(number)}.254" : "")}
            """);
    }

    private string Addresses(string link, int host, int number) => $"""
        {(HasIPv4 ? $"ip addr add {Prefix4(number)}.{host}/24 dev {link}" : "")}
        ip addr add {Prefix6(number)}::{host:x}/64 dev {link} nodad
        """;

    private string Prefix4(int number) => IsRouted ? $"198.18.{number}" : "192.0.2";

    private string Prefix6(int number) => IsRouted ? $"2001:db8:{number}" : "2001:db8";

    private int Host(int number) => (IsRouted ? 1 : number) + (_moved.Contains(number) ? 100 : 0);
}
