using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Weft.SystemTests.Lab;

namespace Weft.SystemTests.Policies;

/// <summary>One attempt to be heard, and how it ends: with an answer, or with a drop that policies counted on one of the nodes.</summary>
internal static partial class Attempt
{
    /// <summary>Whether somebody who listens there answers.</summary>
    /// <param name="from">Who asks.</param>
    /// <param name="to">Who is asked, and answers while this runs.</param>
    /// <param name="address">One of the asked one's.</param>
    /// <param name="protocol">TCP or UDP.</param>
    /// <param name="port">The asked one's.</param>
    /// <param name="nodes">Where a drop may be.</param>
    public static async Task<bool> IsHeardAsync(Container from, Container to, string address, ProtocolType protocol, int port, params Node[] nodes)
    {
        IPEndPoint there = new(IPAddress.Parse(address), port);
        using Socket server = Open(to.Space, there, protocol);
        server.Bind(there);
        using var limit = new CancellationTokenSource(Tool.Limit);
        ulong before = await DroppedAsync(nodes);
        using Socket client = Open(from.Space, there, protocol);
        Task heard;
        if (protocol == ProtocolType.Tcp)
        {
            server.Listen();
            heard = client.ConnectAsync(there, limit.Token).AsTask();
        }
        else
        {
            await client.SendToAsync("?"u8.ToArray(), there);
            heard = server.ReceiveAsync(new byte[8], limit.Token).AsTask();
        }
        while (!heard.IsCompleted)
        {
            if (await DroppedAsync(nodes) > before)
            {
                await limit.CancelAsync();
                await heard.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return false;
            }
            await Task.WhenAny(heard, Task.Delay(10, limit.Token));
        }
        await heard;
        return true;
    }

    /// <summary>Packets that policies dropped on nodes.</summary>
    public static async Task<ulong> DroppedAsync(params Node[] nodes)
    {
        ulong sum = 0;
        foreach (Node node in nodes)
        {
            string counters = (await node.Space.RunAsync("nft", "list", "counters", "table", "inet", "weft")).Succeeded().Output;
            foreach (Match match in DropCounter().Matches(counters))
            {
                sum += ulong.Parse(match.Groups[1].Value, null);
            }
        }
        return sum;
    }

    private static Socket Open(Space space, IPEndPoint there, ProtocolType protocol) => space.Open(() => protocol == ProtocolType.Tcp
        ? new Socket(there.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
        : new Socket(there.AddressFamily, SocketType.Dgram, ProtocolType.Udp));

    [GeneratedRegex(@"counter drops_\w+ \{\s+packets (\d+)")]
    private static partial Regex DropCounter();
}
