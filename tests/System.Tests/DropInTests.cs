using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.SystemTests.Lab;
using Weft.TestSupport;

namespace Weft.SystemTests;

/// <summary>Conflists that were written for the reference plugins.</summary>
public sealed class DropInTests
{
    private const int HostPort = 18080;
    private const int ContainerPort = 8080;

    private static readonly JsonObject Runtime = JsonNode.Parse("""
        {
          "portMappings": [ { "hostPort": 18080, "containerPort": 8080, "protocol": "tcp" } ],
          "bandwidth": { "ingressRate": 100000000, "ingressBurst": 4294967295, "egressRate": 100000000, "egressBurst": 4294967295 }
        }
        """)!.AsObject();

    [KernelFact]
    public async Task A_conflist_for_bridge_and_host_local_works_after_changing_the_type()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true });
        var list = new Conflist(node, """
            {
              "cniVersion": "1.1.0",
              "name": "My_net.1",
              "plugins": [
                {
                  "type": "weft-cni", "bridge": "cni0", "isGateway": true, "isDefaultGateway": true, "forceAddress": false, "ipMasq": true, "mtu": 1400,
                  "hairpinMode": true, "promiscMode": false, "vlan": 0, "preserveDefaultVlan": true, "macspoofchk": true, "enabledad": false,
                  "ipam": {
                    "type": "host-local", "dataDir": "/run/none", "resolvConf": "",
                    "ranges": [
                      [ { "subnet": "10.22.0.0/24", "rangeStart": "10.22.0.10", "rangeEnd": "10.22.0.12" } ],
                      [ { "subnet": "fd22::/64", "gateway": "fd22::1" } ]
                    ],
                    "routes": [ { "dst": "0.0.0.0/0" }, { "dst": "::/0" }, { "dst": "192.0.2.0/24", "gw": "10.22.0.1" } ]
                  },
                  "sysctl": { "net.ipv4.conf.IFNAME.arp_filter": "1" }, "promisc": true, "txQLen": 500,
                  "capabilities": { "portMappings": true, "bandwidth": true }
                }
              ]
            }
            """);
        (await list.StatusAsync()).SucceededSilently();
        Container a = node.NewContainer("a");
        Container b = node.NewContainer("b");
        CniAnswer first = await list.AddAsync(a, Runtime);
        CniAnswer second = await list.AddAsync(b);

        Assert.Equal(["10.22.0.10", "fd22::2"], first.Addresses);
        Assert.Equal(["10.22.0.11", "fd22::3"], second.Addresses);
        await list.CheckAsync(a, first, Runtime);
        await list.CheckAsync(b, second);
        await RequireReachAsync(node, a, first, b, second);
        await RequirePortAsync(node, a);
        JsonElement link = (await a.Space.IpAsync("link show dev eth0"))[0];
        Assert.Equal((1400, 500, 1), (link.GetProperty("mtu").GetInt32(), link.GetProperty("txqlen").GetInt32(), link.GetProperty("promiscuity").GetInt32()));
        Assert.Contains(first.Json.GetProperty("routes").EnumerateArray(), r => r.GetProperty("dst").GetString() == "192.0.2.0/24");

        // The range has three addresses.
        (await list.FirstAsync("ADD", node.NewContainer("c"))).Succeeded();
        CniAnswer full = (await list.FirstAsync("ADD", node.NewContainer("d"))).Failed(100);
        Assert.Contains("within 10.22.0.10 to 10.22.0.12", full.Message, StringComparison.Ordinal);
        (await list.StatusAsync()).Failed(50);
        JsonElement network = Assert.Single(await node.GetAsync("networks"), n => n.GetProperty("status").TryGetProperty("cniConfiguration", out _));
        Assert.Equal("My_net.1", network.GetProperty("status").GetProperty("cniConfiguration").GetString());

        await list.DelAsync(a, first, Runtime);
        await list.DelAsync(a);
        (await list.CollectAsync(b)).SucceededSilently();
        await list.CheckAsync(b, second);
        (await list.CollectAsync()).SucceededSilently();
        await Leftovers.RequireNoneAsync(node);
    }

    [KernelFact]
    public async Task Reference_plugins_may_stay_behind_it_in_the_list()
    {
        Skip.IfNot(File.Exists($"{Conflist.ReferencePlugins}/portmap"), "containernetworking-plugins is not installed");
        await using Node node = await Node.StartAsync(new NodeOptions { World = true });
        var list = new Conflist(node, """
            {
              "cniVersion": "1.0.0",
              "name": "cbr0",
              "plugins": [
                {
                  "type": "weft-cni", "bridge": "cni0", "isGateway": true, "ipMasq": true, "hairpinMode": true,
                  "ipam": { "type": "host-local", "subnet": "10.23.0.0/16", "ranges": [ [ { "subnet": "fd23::/64" } ] ], "routes": [ { "dst": "0.0.0.0/0" }, { "dst": "::/0" } ] }
                },
                { "type": "portmap", "capabilities": { "portMappings": true } },
                { "type": "firewall", "backend": "iptables" },
                { "type": "tuning", "sysctl": { "net.ipv4.conf.all.arp_filter": "1" } }
              ]
            }
            """);
        Container a = node.NewContainer("a");
        Container b = node.NewContainer("b");

        CniAnswer first = await list.AddAsync(a, Runtime);
        CniAnswer second = await list.AddAsync(b);
        Assert.Equal("10.23.0.2", first.IPv4);
        await list.CheckAsync(a, first, Runtime);
        await RequireReachAsync(node, a, first, b, second);
        await RequirePortAsync(node, a);

        await list.DelAsync(a, first, Runtime);
        await list.DelAsync(b, second);
        await Leftovers.RequireNoneAsync(node);
        Assert.DoesNotContain("10.23.0.2", (await node.Space.RunAsync("iptables-save")).Succeeded().Output, StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task Containers_of_host_local_keep_their_addresses()
    {
        Skip.IfNot(File.Exists($"{Conflist.ReferencePlugins}/host-local"), "containernetworking-plugins is not installed");
        await using Node node = await Node.StartAsync(new NodeOptions { World = true });
        string text = $$"""
            {
              "cniVersion": "1.0.0",
              "name": "podnet",
              "plugins": [
                {
                  "type": "TYPE", "bridge": "cni0", "isGateway": true, "ipMasq": true,
                  "ipam": { "type": "host-local", "dataDir": "{{node.Scratch}}", "ranges": [ [ { "subnet": "10.24.0.0/16" } ] ], "routes": [ { "dst": "0.0.0.0/0" } ] }
                }
              ]
            }
            """;
        var before = new Conflist(node, text.Replace("TYPE", "bridge", StringComparison.Ordinal));
        var after = new Conflist(node, text.Replace("TYPE", "weft-cni", StringComparison.Ordinal));
        string directory = Path.Combine(node.Scratch, "podnet");
        Container[] old = [.. Enumerable.Range(0, 3).Select(i => node.NewContainer($"old{i}"))];
        foreach (Container container in old)
        {
            await before.AddAsync(container);
        }
        await RequireWorldAsync(old);

        // As docs/cni.md has it: the network first, then the import, then the change of type.
        await node.ApplyAsync("""
            apiVersion: weft.dev/v1
            kind: Network
            metadata: {name: podnet}
            ---
            apiVersion: weft.dev/v1
            kind: Pool
            metadata: {name: podnet-v4}
            spec: {network: podnet, cidr: 10.24.0.0/16, withheld: [10.24.0.1]}
            """);
        await ImportAsync(node, directory, "3 address(es) added, 0 held already, 0 free again");
        Assert.Equal(["10.24.0.2", "10.24.0.3", "10.24.0.4"], (await node.GetAsync("reservations")).Select(AddressOf));
        Container fresh = node.NewContainer("new0");
        CniAnswer added = await after.AddAsync(fresh);
        Assert.Equal("10.24.0.5", added.IPv4);
        await RequireWorldAsync([fresh, .. old]);
        Assert.True(await node.Space.PingsAsync("10.24.0.3"), "node to an old container");

        // DEL of a container that Weft never added, with weftd there and away.
        await after.DelAsync(old[0]);
        Assert.Equal(["10.24.0.3", "10.24.0.4"], (await node.GetAsync("reservations")).Select(AddressOf));
        await node.Weftd.StopAsync();
        await after.DelAsync(old[1]);
        await node.StartWeftdAsync();
        await Until.TrueAsync("the noted DEL is carried out", async () => (await node.GetAsync("reservations")).Select(AddressOf).SequenceEqual(["10.24.0.4"]));

        // host-local's files are still there.
        await ImportAsync(node, directory, "0 address(es) added, 1 held already, 0 free again, 2 not held again (freed or attached by Weft since)");
        Container taker = node.NewContainer("new2");
        CniAnswer taken = (await node.CallAsync(taker.Call("ADD", "IP=10.24.0.2;IgnoreUnknown=1", Network(node)))).Succeeded();
        Assert.Equal("10.24.0.2", taken.IPv4);
        (await node.CallAsync(node.NewContainer("new3").Call("ADD", "IP=10.24.0.4;IgnoreUnknown=1", Network(node)))).Failed(102);
        await RequireWorldAsync([fresh, old[2]]);

        (await after.CollectAsync(fresh)).SucceededSilently();
        Assert.Empty(await node.GetAsync("reservations"));
        await after.DelAsync(fresh);
        await Leftovers.RequireNoneAsync(node);
    }

    private static JsonObject Network(Node node) => node.Configuration(network: "podnet");

    private static string AddressOf(JsonElement reservation) => reservation.GetProperty("spec").GetProperty("addresses")[0].GetString()!;

    private static async Task ImportAsync(Node node, string directory, string counts) =>
        Assert.Equal($"import podnet into network podnet: {counts}\n", (await node.WeftAsync("import", "host-local", directory)).Succeeded().Output);

    private static async Task RequireWorldAsync(params IEnumerable<Container> containers)
    {
        foreach (Container container in containers)
        {
            Assert.True(await container.Space.PingsAsync(World.IPv4), $"container {container.Id} to the world");
        }
    }

    private static async Task RequireReachAsync(Node node, Container a, CniAnswer first, Container b, CniAnswer second)
    {
        foreach ((Container from, string address) in (IEnumerable<(Container, string)>)[.. second.Addresses.Select(x => (a, x)), .. first.Addresses.Select(x => (b, x))])
        {
            Assert.True(await from.Space.PingsAsync(address), $"{from.Id} to {address}\n{await Ruleset.TextAsync(node.Space)}");
        }
        Assert.True(await a.Space.PingsAsync(World.IPv4), $"to the world\n{await Ruleset.TextAsync(node.Space)}");
        if (first.Addresses.Count > 1)
        {
            Assert.True(await a.Space.PingsAsync(World.IPv6), $"to the world by IPv6\n{await Ruleset.TextAsync(node.Space)}");
        }
    }

    /// <summary>The world reaches the container by the node's port.</summary>
    private static async Task RequirePortAsync(Node node, Container container)
    {
        using TcpListener server = container.Space.Open(() =>
        {
            var listener = new TcpListener(IPAddress.Any, ContainerPort);
            listener.Start();
            return listener;
        });
        using TcpClient client = node.World.Space.Open(() => new TcpClient(AddressFamily.InterNetwork));
        using var limit = new CancellationTokenSource(Tool.Limit);
        await client.ConnectAsync(World.NodeIPv4, HostPort, limit.Token);
        using TcpClient accepted = await server.AcceptTcpClientAsync(limit.Token);
        Assert.Equal(World.IPv4, ((IPEndPoint)accepted.Client.RemoteEndPoint!).Address.ToString());
    }
}
