using Weft.SystemTests.Lab;

namespace Weft.SystemTests.Packets;

/// <summary>Counts the IPv4 echo requests that arrive in a container, whatever becomes of the answers.</summary>
internal static class PingCount
{
    public static Task BeginAsync(Space container) => container.ScriptAsync("""
        nft add table inet seen
        nft add chain inet seen input '{ type filter hook input priority 0; }'
        nft add counter inet seen pings
        nft add rule inet seen input icmp type echo-request counter name pings
        """);

    public static async Task<long> ReceivedAsync(Space container) =>
        (await container.RunAsync("nft", "-j", "list", "counter", "inet", "seen", "pings")).Json().GetProperty("nftables")[1].GetProperty("counter").GetProperty("packets").GetInt64();
}
