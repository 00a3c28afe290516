using System.Text.Json;

namespace Weft.RuntimeTests.Lab;

/// <summary>A running container of some runtime, which serves a page with its own name.</summary>
/// <param name="Node">Where it runs.</param>
/// <param name="Name">Also of its endpoint.</param>
/// <param name="Inside">What is put before a command to run it inside; asked for each time.</param>
internal sealed record LabContainer(RuntimeNode Node, string Name, Func<IReadOnlyList<string>> Inside)
{
    /// <summary>What a container runs that serves a page with its name, on port 80 of both families.</summary>
    public static string Serving(string name) =>
        $"mkdir -p /www && echo 'I am {name}' >/www/index.html && exec httpd -f -p '[::]:80' -h /www";

    public string IPv4 { get; private set; } = "";

    public string IPv6 { get; private set; } = "";

    public Task<Finished> RunAsync(params IEnumerable<string> command) => Node.OnAsync([.. Inside(), .. command]);

    /// <summary>The page at a URL without its scheme, as this container gets it. Not with -T, at which a statically linked busybox crashes.</summary>
    public async Task<string> FetchAsync(string url)
    {
        // An exec of ctr now and then ends with 0 and without what its process wrote last: no page here is empty, so once more.
        string page = "";
        for (int attempt = 0; attempt < 3 && page.Length == 0; attempt++)
        {
            page = (await RunAsync("timeout", "10", "wget", "-q", "-O", "-", $"http://{url}")).Succeeded().Output.Trim();
        }
        return page;
    }

    /// <summary>Reads the addresses out of the container, and checks that weftd says the same.</summary>
    public async Task<LabContainer> WithAddressesAsync()
    {
        string[] fields = [];
        // As in FetchAsync.
        await Until.TrueAsync(
            $"{Name} tells its addresses",
            async () => (fields = (await RunAsync("ip", "-o", "addr", "show", "dev", "eth0")).Succeeded().Output.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)).Length > 0);
        string[] addresses = [.. fields.Index().Where(f => f.Index > 0 && fields[f.Index - 1] is "inet" or "inet6").Select(f => f.Item.Split('/')[0])];
        IPv4 = addresses.Single(a => a.Contains('.', StringComparison.Ordinal));
        IPv6 = addresses.Single(a => a.Contains(':', StringComparison.Ordinal));
        await Until.TrueAsync(
            $"weftd lists {IPv4} and {IPv6}",
            async () =>
            {
                string[] listed = [.. (await Node.GetAsync("endpoints")).Select(e => JsonSerializer.Serialize(e))];
                return listed.Any(e => e.Contains($"\"{IPv4}\"", StringComparison.Ordinal) && e.Contains($"\"{IPv6}\"", StringComparison.Ordinal));
            });
        return this;
    }

    /// <summary>Fails unless it reaches another container, and the world, which sees the node's address.</summary>
    public async Task RequireTrafficAsync(LabContainer other)
    {
        Assert.Equal($"I am {other.Name}", await FetchAsync($"{other.IPv4}/"));
        Assert.Equal($"I am {other.Name}", await FetchAsync($"[{other.IPv6}]/"));
        Assert.Equal(RuntimeNode.UplinkIPv4, await FetchAsync($"{RuntimeNode.WorldIPv4}/cgi-bin/from"));
        Assert.Equal(RuntimeNode.UplinkIPv6, await FetchAsync($"[{RuntimeNode.WorldIPv6}]/cgi-bin/from"));
    }
}
