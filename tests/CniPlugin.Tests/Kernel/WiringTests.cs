using System.Net;
using System.Text.Json;
using Weft.CniPlugin.Tests.Processes;
using Weft.Contracts.Cni;
using Weft.Contracts;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Nftables;
using Weft.Dataplane.Route;

namespace Weft.CniPlugin.Tests.Kernel;

/// <summary>The real program in network namespaces: a node with a bridge, and containers.</summary>
public sealed class WiringTests
{
    private static readonly string HostInterface = WeftPaths.HostInterface("net", "c1", "eth0");

    [SkippableFact]
    public void ADD_makes_what_its_result_says()
    {
        using var node = new TestNode();
        using NetworkNamespace container = NetworkNamespace.Create();

        PluginAnswer answer = node.Run("ADD", container);

        Assert.True(answer.ExitCode == 0, answer.Output + answer.Log);
        Assert.Equal([Request.CallOneofCase.Attach, Request.CallOneofCase.Commit], node.Daemon.Calls);
        LinkInfo host = node.Route.LinkByName(HostInterface)!;
        using RouteSocket inside = RouteSocket.Open(container);
        LinkInfo link = inside.LinkByName("eth0")!;
        JsonElement[] interfaces = [.. answer.Json.GetProperty("interfaces").EnumerateArray()];
        Assert.Equal(
            [("weft1", "02:57:00:00:00:01"), (HostInterface, host.Mac.ToString()), ("eth0", link.Mac.ToString())],
            interfaces.Select(static i => (i.GetProperty("name").GetString(), i.GetProperty("mac").GetString())));
        Assert.Equal(container.Path, interfaces[2].GetProperty("sandbox").GetString());
        Assert.Equal((1450, 1450, 1450), (interfaces[2].GetProperty("mtu").GetInt32(), link.Mtu, host.Mtu));
        string[] addresses = [.. inside.Addresses(link.Index).Select(static a => a.Address.ToString()).Order()];
        Assert.Equal(["10.83.0.5/32", "fd83::5/128"], addresses);
        Assert.Equal(addresses, answer.Json.GetProperty("ips").EnumerateArray().Select(static i => i.GetProperty("address").GetString()).Order());
        Assert.True(link.IsUp && link.HasCarrier && inside.LinkByName("lo")!.IsUp);
    }

    [SkippableFact]
    public void The_port_is_isolated_does_not_learn_and_knows_its_container()
    {
        using var node = new TestNode();
        using NetworkNamespace container = NetworkNamespace.Create();

        Assert.Equal(0, node.Run("ADD", container).ExitCode);

        LinkInfo host = node.Route.LinkByName(HostInterface)!;
        Assert.Equal((true, false, true), (host.BridgePort!.Isolated, host.BridgePort.Learning, host.BridgePort.UnicastFlood));
        Assert.Equal("weft net/c1/eth0", host.Alias);
        Assert.True(host.IsUp);
        Assert.Empty(node.Route.Addresses(host.Index));
        MacAddress mac = MacAddress.Parse("02:57:00:00:02:05");
        FdbInfo entry = Assert.Single(node.Route.Fdb(node.BridgeIndex), f => f.Mac == mac);
        Assert.Equal((host.Index, NeighbourState.NoArp), (entry.LinkIndex, entry.State));
        Assert.Equal(
            [HostInterface, "10.83.0.5", "10.83.0.5/32", "fd83::5", "fd83::5/128"],
            node.Leftovers.Order(StringComparer.Ordinal).OrderByDescending(static l => l == HostInterface));
    }

    [SkippableTheory]
    [InlineData("169.254.1.1", "10.83.0.5")]
    [InlineData("fd83::ffff", "fd83::5")]
    public void A_container_reaches_the_node_from_its_own_address(string nodeAddress, string containerAddress)
    {
        using var node = new TestNode();
        using NetworkNamespace container = NetworkNamespace.Create();
        Assert.Equal(0, node.Run("ADD", container).ExitCode);
        IPAddress address = IPAddress.Parse(nodeAddress);
        if (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6)
        {
            node.Route.Execute(new RouteBatch().AddAddress(new AddressSpec { LinkIndex = 1, Address = new InterfaceAddress(address, 128) }));
        }

        Assert.Equal(IPAddress.Parse(containerAddress), Conversation.Hold(node.Open, address, container.Open));
    }

    [SkippableTheory]
    [InlineData("10.83.0.6", "10.83.0.5")]
    [InlineData("fd83::6", "fd83::5")]
    public void Two_containers_of_one_bridge_reach_each_other_through_the_node(string server, string client)
    {
        using var node = new TestNode();
        using NetworkNamespace first = NetworkNamespace.Create();
        using NetworkNamespace second = NetworkNamespace.Create();
        Assert.Equal(0, node.Run("ADD", first, id: "c1").ExitCode);
        Assert.Equal(0, node.Run("ADD", second, id: "c2").ExitCode);
        node.Open(static () =>
        {
            // As weftd has it: a node that sends a packet back by the bridge it came from would tell the sender of a way that is not there.
            using NftSocket rules = NftSocket.Open();
            var transaction = new NftTransaction();
            NftTableChanges table = transaction.In(new NftTable(NftFamily.Inet, "weft"));
            table.Create();
            table.Create(new NftChain("output", new NftBase(NftChainType.Filter, NftHook.Output, NftPriority.Filter)));
            table.Append("output", "no redirects", Match.Icmpv6Type.Is(137u), Verdict.Drop);
            rules.Commit(transaction);
            return 0;
        });

        Assert.Equal(IPAddress.Parse(client), Conversation.Hold(second.Open, IPAddress.Parse(server), first.Open));

        using RouteSocket inside = RouteSocket.Open(first);
        Assert.DoesNotContain(inside.Neighbours(), n => n.Address.Equals(IPAddress.Parse(server)));   // no redirect was obeyed

        // Isolated ports do not carry it directly: without forwarding there is no way.
        foreach (string file in (string[])["/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv6/conf/all/forwarding"])
        {
            node.Open(() =>
            {
                File.WriteAllText(file, "0");
                return 0;
            });
        }
        Assert.ThrowsAny<System.Net.Sockets.SocketException>(() => Conversation.Hold(second.Open, IPAddress.Parse(server), first.Open));
    }

    [SkippableFact]
    public void IPv6_that_is_switched_off_in_the_namespace_is_switched_on_for_the_interface()
    {
        using var node = new TestNode();
        using NetworkNamespace container = NetworkNamespace.Create();
        container.Open(static () =>
        {
            File.WriteAllText("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
            File.WriteAllText("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
            return 0;
        });

        PluginAnswer answer = node.Run("ADD", container);

        Assert.True(answer.ExitCode == 0, answer.Output + answer.Log);
        using RouteSocket inside = RouteSocket.Open(container);
        Assert.Equal(["10.83.0.5/32", "fd83::5/128"], inside.Addresses(inside.LinkByName("eth0")!.Index).Select(static a => a.Address.ToString()).Order());
    }

    [SkippableFact]
    public void CHECK_passes_after_ADD_and_reports_everything_that_changed()
    {
        using var node = new TestNode();
        using NetworkNamespace container = NetworkNamespace.Create();
        string previous = $""","prevResult":{node.Run("ADD", container).Output}""";

        node.Run("CHECK", container, previous).IsSilentSuccess();

        using RouteSocket inside = RouteSocket.Open(container);
        int index = inside.LinkByName("eth0")!.Index;
        inside.Execute(new RouteBatch()
            .DeleteAddress(new AddressSpec { LinkIndex = index, Address = new InterfaceAddress(IPAddress.Parse("fd83::5"), 128) })
            .DeleteRoute(new RouteSpec { Destination = new IPNetwork(IPAddress.Any, 0), Protocol = 0 })
            .DeleteNeighbour(new NeighbourSpec { LinkIndex = index, Address = IPAddress.Parse("fe80::1") }));
        (int code, string message, _) = node.Run("CHECK", container, previous).Error;
        Assert.Equal(105, code);
        Assert.Equal(
            "eth0 in the container lacks its address fd83::5/128; the container lacks its IPv4 default route via 169.254.1.1 dev eth0; "
                + "the container lacks its neighbour entry fe80::1 lladdr 02:57:00:00:00:01 dev eth0",
            message);
    }

    [SkippableFact]
    public void ADD_refuses_a_name_that_is_taken_and_gives_back_what_weftd_reserved()
    {
        using var node = new TestNode();
        using NetworkNamespace container = NetworkNamespace.Create();
        using RouteSocket inside = RouteSocket.Open(container);
        inside.Execute(new RouteBatch().CreateBridge(new BridgeSpec { Name = "eth0" }));

        (int code, string message, _) = node.Run("ADD", container).Error;

        Assert.Equal(106, code);
        Assert.Contains("already has an interface eth0", message, StringComparison.Ordinal);
        Assert.Equal([Request.CallOneofCase.Attach, Request.CallOneofCase.Abort], node.Daemon.Requests.Select(static r => r.CallCase));
        Assert.Empty(node.Leftovers);
    }

    [SkippableFact]
    public void A_second_interface_keeps_the_default_route_of_the_first()
    {
        using var node = new TestNode();
        using NetworkNamespace container = NetworkNamespace.Create();
        Assert.Equal(0, node.Run("ADD", container).ExitCode);

        PluginAnswer second = node.Run("ADD", container, interfaceName: "eth1");

        Assert.True(second.ExitCode == 0, second.Output + second.Log);
        using RouteSocket inside = RouteSocket.Open(container);
        RouteInfo[] defaults = [.. inside.Routes(System.Net.Sockets.AddressFamily.InterNetwork).Where(static r => r.Destination.PrefixLength == 0)];
        Assert.Equal(2, defaults.Length);
        Assert.Equal(inside.LinkByName("eth0")!.Index, defaults.MinBy(static r => r.Priority)!.LinkIndex);
    }

    [SkippableFact]
    public void A_refused_commit_undoes_the_wiring_and_aborts()
    {
        using var node = new TestNode(static r => r.CallCase == Request.CallOneofCase.Commit ? ScriptedDaemon.Refuse(RefusalReason.StoreFailed) : null);
        using NetworkNamespace container = NetworkNamespace.Create();

        Assert.Equal((5, "the thing", "the next step"), node.Run("ADD", container).Error);

        Assert.Equal([Request.CallOneofCase.Attach, Request.CallOneofCase.Commit, Request.CallOneofCase.Abort], node.Daemon.Calls);
        Assert.Equal(42ul, node.Daemon.Requests[2].Abort.AttachmentId);
        IsUntouched(node, container);
    }

    [SkippableFact]
    public void A_daemon_that_dies_before_the_commit_leaves_nothing_wired()
    {
        using var node = new TestNode();
        using NetworkNamespace container = NetworkNamespace.Create();
        using var dying = new ScriptedDaemon(r => r.CallCase == Request.CallOneofCase.Attach
            ? new Reply { Attached = Replies.DualStack(HostInterface, node.BridgeIndex) }
            : null);

        (int code, string message, _) = PluginProcess.Run(
            $$"""{"cniVersion":"1.0.0","name":"net","socket":"{{dying.SocketPath}}"}""", node.Path,
            ("CNI_COMMAND", "ADD"), ("CNI_CONTAINERID", "c1"), ("CNI_NETNS", container.Path), ("CNI_IFNAME", "eth0")).Error;

        Assert.Equal(11, code);
        Assert.Contains(dying.SocketPath, message, StringComparison.Ordinal);
        IsUntouched(node, container);
    }

    [SkippableTheory]
    [InlineData(9999)]
    [InlineData(1)]
    public void A_bridge_that_is_none_is_told_by_its_operation_and_undone(int bridgeIndex)
    {
        using var node = new TestNode(r => r.CallCase == Request.CallOneofCase.Attach
            ? new Reply { Attached = Replies.DualStack(HostInterface, bridgeIndex) }
            : null);
        using NetworkNamespace container = NetworkNamespace.Create();

        (int code, string message, _) = node.Run("ADD", container).Error;

        Assert.Equal(103, code);
        Assert.Contains(HostInterface, message, StringComparison.Ordinal);
        Assert.Contains(Request.CallOneofCase.Abort, node.Daemon.Calls);
        IsUntouched(node, container);
    }

    [SkippableFact]
    public void A_link_that_is_left_over_under_the_granted_name_is_replaced()
    {
        using var node = new TestNode();
        using NetworkNamespace container = NetworkNamespace.Create();
        node.Route.Execute(new RouteBatch().CreateBridge(new BridgeSpec { Name = HostInterface }));

        PluginAnswer answer = node.Run("ADD", container);

        Assert.True(answer.ExitCode == 0, answer.Output + answer.Log);
        Assert.Equal("veth", node.Route.LinkByName(HostInterface)!.Kind);
    }

    [SkippableFact]
    public void DEL_without_a_daemon_removes_the_link_and_leaves_a_note()
    {
        using var node = new TestNode();
        using NetworkNamespace container = NetworkNamespace.Create();
        Assert.Equal(0, node.Run("ADD", container).ExitCode);
        DirectoryInfo run = Directory.CreateTempSubdirectory("weft-cni-");

        PluginProcess.Run(
            $$"""{"cniVersion":"1.0.0","name":"net","socket":"{{run.FullName}}/cni.sock"}""", node.Path,
            ("CNI_COMMAND", "DEL"), ("CNI_CONTAINERID", "c1"), ("CNI_IFNAME", "eth0")).IsSilentSuccess();

        Assert.Null(node.Route.LinkByName(HostInterface));
        using RouteSocket inside = RouteSocket.Open(container);
        Assert.Null(inside.LinkByName("eth0"));
        Assert.True(File.Exists(Path.Join(run.FullName, WeftPaths.DetachNotesName, HostInterface)));
        run.Delete(recursive: true);
    }

    [SkippableFact]
    public void ADD_asks_for_what_environment_and_configuration_wish()
    {
        using var node = new TestNode();
        using NetworkNamespace container = NetworkNamespace.Create();

        PluginAnswer answer = PluginProcess.Run(
            $$$"""{"cniVersion":"0.4.0","name":"net","socket":"{{{node.Daemon.SocketPath}}}","network":"blue","containerd":"/run/c.sock","args":{"cni":{"labels":{"app":"web"},"ips":["10.83.0.9"]} } }""",
            node.Path,
            ("CNI_COMMAND", "ADD"), ("CNI_CONTAINERID", "c1"), ("CNI_NETNS", container.Path), ("CNI_IFNAME", "eth0"),
            ("CNI_ARGS", "IgnoreUnknown=1;K8S_POD_NAMESPACE=ns;K8S_POD_NAME=pod;K8S_POD_UID=u;MAC=02:00:00:00:00:09;X=1"));

        Assert.True(answer.ExitCode == 0, answer.Output + answer.Log);
        AttachRequest request = node.Daemon.Requests[0].Attach;
        Assert.Equal((container.Path, "blue", "ns", "pod", "u", "/run/c.sock"),
            (request.Netns, request.WeftNetwork, request.EndpointNamespace, request.EndpointName, request.PodUid, request.ContainerdAddress));
        Assert.Equal((Replies.Key, "web"), (request.Key, request.Labels["app"]));
        Assert.Equal([2, 0, 0, 0, 0, 9], request.Mac.ToByteArray());
        Assert.Equal([10, 83, 0, 9], Assert.Single(request.Addresses).ToByteArray());
    }

    [SkippableFact]
    public void The_own_namespace_is_used_when_the_override_says_so()
    {
        using var node = new TestNode();

        PluginAnswer answer = PluginProcess.Run(
            $$"""{"cniVersion":"1.0.0","name":"net","socket":"{{node.Daemon.SocketPath}}"}""", node.Path,
            ("CNI_COMMAND", "ADD"), ("CNI_CONTAINERID", "c1"), ("CNI_NETNS", "/proc/self/ns/net"), ("CNI_IFNAME", "eth7"), ("CNI_NETNS_OVERRIDE", "1"));

        Assert.True(answer.ExitCode == 0, answer.Output + answer.Log);
        Assert.NotNull(node.Route.LinkByName("eth7"));
    }

    [SkippableFact]
    public void A_namespace_of_another_kind_is_refused_before_anybody_is_asked()
    {
        using var node = new TestNode();

        (int code, string message, _) = PluginProcess.Run(
            $$"""{"cniVersion":"1.0.0","name":"net","socket":"{{node.Daemon.SocketPath}}"}""", node.Path,
            ("CNI_COMMAND", "ADD"), ("CNI_CONTAINERID", "c1"), ("CNI_NETNS", "/proc/self/ns/uts"), ("CNI_IFNAME", "eth0")).Error;

        Assert.Equal((8, "CNI_NETNS /proc/self/ns/uts is no network namespace"), (code, message));
        Assert.Empty(node.Daemon.Requests);
    }

    private static void IsUntouched(TestNode node, NetworkNamespace container)
    {
        Assert.Empty(node.Leftovers);
        Assert.Null(node.Route.LinkByName(HostInterface));
        using RouteSocket inside = RouteSocket.Open(container);
        Assert.Equal(["lo"], inside.Links().Select(static l => l.Name));
    }
}
