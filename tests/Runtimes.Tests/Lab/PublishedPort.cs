namespace Weft.RuntimeTests.Lab;

/// <summary>Ports of the node that lead to containers.</summary>
internal static class PublishedPort
{
    /// <summary>Fails unless a container's page is at the node's port, for the world, for another container, and for itself.</summary>
    public static async Task RequireAsync(RuntimeNode node, int port, LabContainer container, LabContainer other)
    {
        foreach (string address in (string[])[RuntimeNode.UplinkIPv4, RuntimeNode.UplinkIPv6])
        {
            Assert.Equal($"I am {container.Name}", await node.FetchFromWorldAsync(address, port));
        }
        // br_netfilter is on in the node's namespace from its start, and weftd has seen it so. It works with what is there when it is off, too.
        foreach (int value in (int[])[1, 0])
        {
            await BridgeNetfilterAsync(node, value);
            foreach (string host in (string[])[RuntimeNode.UplinkIPv4, $"[{RuntimeNode.UplinkIPv6}]"])
            {
                Assert.Equal($"I am {container.Name}", await other.FetchAsync($"{host}:{port}/"));
                Assert.Equal($"I am {container.Name}", await container.FetchAsync($"{host}:{port}/"));
            }
        }
        await BridgeNetfilterAsync(node, 1);
    }

    /// <summary>Fails unless nobody answers at the node's port.</summary>
    public static async Task RequireNoneAsync(RuntimeNode node, int port)
    {
        foreach (string address in (string[])[RuntimeNode.UplinkIPv4, RuntimeNode.UplinkIPv6])
        {
            Assert.Null(await node.FetchFromWorldAsync(address, port));
        }
    }

    private static async Task BridgeNetfilterAsync(RuntimeNode node, int value) =>
        (await node.OnAsync("sh", "-e", "-c", $"for file in /proc/sys/net/bridge/bridge-nf-call-ip*tables; do [ ! -e $file ] || echo {value} >$file; done")).Succeeded();
}
