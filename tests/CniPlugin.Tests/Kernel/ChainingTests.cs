using System.Net;
using System.Text.Json;
using Google.Protobuf;
using Weft.CniPlugin.Tests.Processes;
using Weft.Contracts;
using Weft.Contracts.Cni;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Route;

namespace Weft.CniPlugin.Tests.Kernel;

/// <summary>weft-cni among other plugins of a list, and beside another interface.</summary>
public sealed class ChainingTests
{
    [SkippableTheory]
    [InlineData("0.4.0")]
    [InlineData("1.0.0")]
    [InlineData("1.1.0")]
    public void Behind_another_plugin_its_result_comes_first_and_CHECK_and_DEL_take_both(string version)
    {
        using var node = new TestNode();
        using NetworkNamespace container = NetworkNamespace.Create();
        using (RouteSocket inside = RouteSocket.Open(container))
        {
            inside.Execute(new RouteBatch().CreateBridge(new BridgeSpec { Name = "first0", Up = true }));
        }
        string family = version == "0.4.0" ? "\"version\":\"4\"," : "";
        string previous = $$$"""
            {"cniVersion":"{{{version}}}","interfaces":[{"name":"first0","mac":"02:00:00:00:00:77","sandbox":"{{{container.Path}}}"}],
             "ips":[{{{{family}}}"interface":0,"address":"192.0.2.7/24","gateway":"192.0.2.1"},{{{{family}}}"address":"192.0.2.9/24"}],
             "routes":[{"dst":"198.51.100.0/24","gw":"192.0.2.1"}],"dns":{"nameservers":["192.0.2.53"]}}
            """;

        PluginAnswer answer = node.Run("ADD", container, $""","prevResult":{previous}""", version: version);

        Assert.True(answer.ExitCode == 0, answer.Output + answer.Log);
        JsonElement json = answer.Json;
        Assert.Equal(version, json.GetProperty("cniVersion").GetString());
        Assert.Equal(
            ["first0", "weft1", WeftPaths.HostInterface("net", "c1", "eth0"), "eth0"],
            json.GetProperty("interfaces").EnumerateArray().Select(static i => i.GetProperty("name").GetString()));
        Assert.Equal(
            ["0 192.0.2.7/24", " 192.0.2.9/24", "3 10.83.0.5/32", "3 fd83::5/128"],
            json.GetProperty("ips").EnumerateArray().Select(static i =>
                $"{(i.TryGetProperty("interface", out JsonElement index) ? index.GetInt32() : null)} {i.GetProperty("address").GetString()}"));
        Assert.Equal(
            ["198.51.100.0/24", "0.0.0.0/0", "::/0"], json.GetProperty("routes").EnumerateArray().Select(static r => r.GetProperty("dst").GetString()));
        Assert.Equal("192.0.2.53", json.GetProperty("dns").GetProperty("nameservers")[0].GetString());

        string result = $""","prevResult":{answer.Output}""";
        node.Run("CHECK", container, result, version: version).IsSilentSuccess();
        node.Run("DEL", container, result, version: version).IsSilentSuccess();
    }

    [SkippableFact]
    public void Behind_a_plugin_that_made_the_same_interface_it_is_refused_before_anybody_is_asked()
    {
        using var node = new TestNode();
        using NetworkNamespace container = NetworkNamespace.Create();

        (int code, string message, _) = node.Run("ADD", container,
            $$""","prevResult":{"cniVersion":"1.1.0","interfaces":[{"name":"eth0","sandbox":"{{container.Path}}"}]}""").Error;

        Assert.Equal(106, code);
        Assert.Contains("eth0", message, StringComparison.Ordinal);
        Assert.Empty(node.Daemon.Requests);
    }

    [SkippableFact]
    public void A_later_interface_tells_the_routes_that_it_has()
    {
        using var node = new TestNode();
        using NetworkNamespace container = NetworkNamespace.Create();
        Assert.Equal(0, node.Run("ADD", container).ExitCode);
        using var second = new ScriptedDaemon(r => r.CallCase == Request.CallOneofCase.Attach ? new Reply { Attached = Second(r.Attach.Key, node.BridgeIndex) } : ScriptedDaemon.Done());

        PluginAnswer answer = PluginProcess.Run(
            $$"""{"cniVersion":"1.1.0","name":"net","socket":"{{second.SocketPath}}"}""", node.Path,
            ("CNI_COMMAND", "ADD"), ("CNI_CONTAINERID", "c1"), ("CNI_NETNS", container.Path), ("CNI_IFNAME", "eth1"));

        Assert.True(answer.ExitCode == 0, answer.Output + answer.Log);
        using RouteSocket inside = RouteSocket.Open(container);
        int index = inside.LinkByName("eth1")!.Index;
        string[] routes = [.. inside.Routes().Where(r => r.LinkIndex == index && r.Gateway is not null).Select(static r => $"{r.Destination} {r.Priority}").Order()];
        Assert.Equal(routes, answer.Json.GetProperty("routes").EnumerateArray().Select(static r => $"{r.GetProperty("dst").GetString()} {r.GetProperty("priority").GetUInt32()}").Order());
        Assert.Contains(routes, static r => r.StartsWith("10.84.0.0/16 ", StringComparison.Ordinal));
        Assert.Contains(routes, static r => r.StartsWith("0.0.0.0/0 ", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void A_network_without_a_default_route_has_routes_to_itself_and_those_of_ipam()
    {
        using var node = new TestNode();
        using NetworkNamespace container = NetworkNamespace.Create();
        using var daemon = new ScriptedDaemon(r => r.CallCase == Request.CallOneofCase.Attach ? new Reply { Attached = Second(r.Attach.Key, node.BridgeIndex, r.Attach.Mtu) } : ScriptedDaemon.Done());

        PluginAnswer answer = PluginProcess.Run(
            $$"""
            {"cniVersion":"1.0.0","name":"net","type":"weft-cni","socket":"{{daemon.SocketPath}}","bridge":"cni0","mtu":1300,
             "ipam":{"type":"host-local","subnet":"10.84.0.0/16","routes":[{"dst":"192.168.0.0/16"}]} }
            """,
            node.Path, ("CNI_COMMAND", "ADD"), ("CNI_CONTAINERID", "c1"), ("CNI_NETNS", container.Path), ("CNI_IFNAME", "eth0"));

        Assert.True(answer.ExitCode == 0, answer.Output + answer.Log);
        Assert.Equal(["10.84.0.0/16", "192.168.0.0/16"], answer.Json.GetProperty("routes").EnumerateArray().Select(static r => r.GetProperty("dst").GetString()));
        using RouteSocket inside = RouteSocket.Open(container);
        Assert.DoesNotContain(inside.Routes(System.Net.Sockets.AddressFamily.InterNetwork), static r => r.Destination.PrefixLength == 0);
        Assert.Equal(1300, inside.LinkByName("eth0")!.Mtu);
        Assert.Equal("10.84.0.0", new IPAddress(Assert.Single(daemon.Requests[0].Attach.Template.Ranges).Subnet.Ip.Span).ToString());
    }

    private static AttachReply Second(AttachmentKey key, int bridgeIndex, uint mtu = 1450)
    {
        AttachReply reply = Replies.DualStack(WeftPaths.HostInterface(key.Network, key.ContainerId, key.InterfaceName), bridgeIndex);
        reply.HostMac = ByteString.CopyFrom(0x02, 0x57, 0, 0, 1, 99);
        reply.ContainerMac = ByteString.CopyFrom(0x02, 0x57, 0, 0, 2, 99);
        reply.Mtu = mtu;
        reply.Addresses.RemoveAt(1);
        reply.Addresses[0].Ip = ByteString.CopyFrom(10, 84, 0, 9);
        reply.Ranges.Add(new Prefix { Ip = ByteString.CopyFrom(10, 84, 0, 0), Length = 16 });
        return reply;
    }
}
