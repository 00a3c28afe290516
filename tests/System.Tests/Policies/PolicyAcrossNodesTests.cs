using System.Net.Sockets;
using System.Text.Json.Nodes;
using Weft.SystemTests.Lab;
using Weft.TestSupport;

namespace Weft.SystemTests.Policies;

/// <summary>Policies over the containers of two nodes, written on one of them.</summary>
public sealed class PolicyAcrossNodesTests
{
    private const string ClientsOnly = """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: clients, namespace: shop}
        spec:
          podSelector: {matchLabels: {app: web}}
          ingress:
          - from: [{podSelector: {matchLabels: {role: client}}}]
            ports: [{port: http}, {protocol: UDP, port: 50, endPort: 60}]
        """;

    [KernelFact]
    public async Task A_policy_written_on_one_node_is_in_force_on_both_and_follows_containers_that_come_and_go()
    {
        await using Cluster cluster = await Cluster.StartAsync(2);
        Container web = await AddAsync(cluster[1], "app=web port.weft.dev/http=80");
        Container near = await AddAsync(cluster[1], "role=client");
        Container far = await AddAsync(cluster[2], "role=client");
        Container stranger = await AddAsync(cluster[2], "role=other");
        Assert.True(await Attempt.IsHeardAsync(stranger, web, web.Result.IPv4, ProtocolType.Tcp, 80, cluster[1], cluster[2]));

        await cluster[2].ApplyAsync(ClientsOnly);

        await Until.TrueAsync("the policy is in force on node-1", async () => (await Cluster.ConditionAsync(cluster[1], "policies")).Message == "1 in force", cluster.Describe);
        foreach (string address in web.Result.Addresses)
        {
            foreach ((Container from, ProtocolType protocol, int port, bool expected) in (List<(Container, ProtocolType, int, bool)>)
                [(near, ProtocolType.Tcp, 80, true), (far, ProtocolType.Tcp, 80, true), (far, ProtocolType.Udp, 55, true), (far, ProtocolType.Udp, 61, false), (far, ProtocolType.Tcp, 81, false), (stranger, ProtocolType.Tcp, 80, false)])
            {
                Assert.True(expected == await HeardAsync(cluster, from, web, address, protocol, port), $"{from.Id} to {address} {protocol}/{port}: not {expected}\n{cluster.Describe()}");
            }
        }

        // One that comes later, on the other node.
        Container late = await AddAsync(cluster[2], "role=client");
        await Until.TrueAsync("a later client is let in", () => HeardAsync(cluster, late, web, web.Result.IPv6, ProtocolType.Tcp, 80), cluster.Describe);
        // Another server, isolated from its first moment on.
        Container second = await AddAsync(cluster[2], "app=web port.weft.dev/http=8080");
        Assert.False(await HeardAsync(cluster, stranger, second, second.Result.IPv4, ProtocolType.Tcp, 8080));
        Assert.True(await HeardAsync(cluster, near, second, second.Result.IPv4, ProtocolType.Tcp, 8080) || await HeardAsync(cluster, near, second, second.Result.IPv4, ProtocolType.Tcp, 8080));
        Assert.False(await HeardAsync(cluster, near, second, second.Result.IPv4, ProtocolType.Tcp, 80));

        Assert.Equal(0, (await cluster[1].WeftAsync("delete", "networkpolicy", "clients", "-n", "shop")).ExitCode);
        await Until.TrueAsync("nobody is isolated any more", () => HeardAsync(cluster, stranger, web, web.Result.IPv4, ProtocolType.Tcp, 81), cluster.Describe);
    }

    [KernelFact]
    public async Task Policies_outlive_weftd_and_etcd_and_a_restart_changes_nothing()
    {
        await using Cluster cluster = await Cluster.StartAsync(2);
        Container web = await AddAsync(cluster[1], "app=web port.weft.dev/http=80");
        Container client = await AddAsync(cluster[2], "role=client");
        Container stranger = await AddAsync(cluster[2], "role=other");
        await cluster[1].ApplyAsync(ClientsOnly);
        await Until.TrueAsync("the client is let in and the stranger is not", async () =>
            await HeardAsync(cluster, client, web, web.Result.IPv4, ProtocolType.Tcp, 80) && !await HeardAsync(cluster, stranger, web, web.Result.IPv4, ProtocolType.Tcp, 80), cluster.Describe);

        await cluster[1].Weftd.KillAsync();
        Assert.True(await HeardAsync(cluster, client, web, web.Result.IPv4, ProtocolType.Tcp, 80));
        Assert.False(await HeardAsync(cluster, stranger, web, web.Result.IPv4, ProtocolType.Tcp, 80));

        await cluster[1].StartWeftdAsync();
        Assert.Equal(0, (await cluster[1].StatusAsync()).GetProperty("reconcileOperations").GetInt32());

        // The copy on disk is written some seconds after a change, and at the end.
        Assert.Equal(0, await cluster[1].Weftd.StopAsync());
        await cluster[1].StartWeftdAsync();
        await cluster.Etcd.KillAsync();
        await cluster[1].Weftd.KillAsync();
        await cluster[1].StartWeftdAsync();
        Assert.True(await HeardAsync(cluster, client, web, web.Result.IPv4, ProtocolType.Tcp, 80));
        Assert.False(await HeardAsync(cluster, stranger, web, web.Result.IPv4, ProtocolType.Tcp, 80));
        // A container that starts meanwhile is isolated all the same.
        Container second = await AddAsync(cluster[1], "app=web");
        Assert.False(await HeardAsync(cluster, stranger, second, second.Result.IPv4, ProtocolType.Tcp, 80));
        await cluster.Etcd.StartAgainAsync();
        await Until.TrueAsync("policies are followed again", async () => (await Cluster.ConditionAsync(cluster[1], "policies")) == ("OK", "1 in force"), cluster.Describe);
        Assert.True(await HeardAsync(cluster, client, web, web.Result.IPv4, ProtocolType.Tcp, 80));
    }

    private static Task<bool> HeardAsync(Cluster cluster, Container from, Container to, string address, ProtocolType protocol, int port) =>
        Attempt.IsHeardAsync(from, to, address, protocol, port, cluster[1], cluster[2]);

    private static async Task<Container> AddAsync(Node node, string labels)
    {
        Container container = node.NewContainer();
        JsonObject configuration = node.Configuration();
        var pairs = new JsonObject();
        foreach (string label in labels.Split(' '))
        {
            pairs[label.Split('=')[0]] = label.Split('=')[1];
        }
        configuration["args"] = new JsonObject { ["cni"] = new JsonObject { ["labels"] = pairs } };
        await container.AddAsync("K8S_POD_NAMESPACE=shop;K8S_POD_NAME=" + container.Id, configuration);
        return container;
    }
}
