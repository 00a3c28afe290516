using System.Net;
using PacketDotNet;
using Weft.SystemTests.Lab;
using Weft.SystemTests.Packets;
using Weft.TestSupport;

namespace Weft.SystemTests;

/// <summary>A container with raw sockets and bad intentions. Taps at the victim, the bridge and the world must not see what it forges.</summary>
public sealed class AntiSpoofingTests
{
    private const string Unrelated = "203.0.113.9";
    private const string Broadcast = "ff:ff:ff:ff:ff:ff";
    private const string AllNodesMac = "33:33:00:00:00:01";
    private const string AllNodes = "ff02::1";

    [KernelFact]
    public async Task What_a_container_forges_arrives_nowhere()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true });
        Container attacker = await node.AttachAsync();
        Container victim = await node.AttachAsync();
        Container third = await node.AttachAsync();
        string gateway = await GatewayMacAsync(node, attacker);
        using Tap sender = await Tap.OpenAsync(attacker.Space, "eth0", "attacker");
        using Tap atVictim = await Tap.OpenAsync(victim.Space, "eth0", "the victim");
        using Tap atThird = await Tap.OpenAsync(third.Space, "eth0", "a third container");
        using Tap atBridge = await Tap.OpenAsync(node.Space, attacker.Result.Bridge, "the bridge");
        using Tap atWorld = await Tap.OpenAsync(node.World.Space, "node", "the world");
        Tap[] taps = [atVictim, atThird, atBridge, atWorld];

        // What is honest must arrive: otherwise silence proves nothing.
        Probe honest4 = Probe.Of("honest IPv4", m => Frames.Udp(attacker.Result.Mac, gateway, attacker.Result.IPv4, victim.Result.IPv4, m));
        Probe honest6 = Probe.Of("honest IPv6", m => Frames.Udp(attacker.Result.Mac, gateway, attacker.Result.IPv6, victim.Result.IPv6, m));
        Probe outward = Probe.Of("honest, to the world", m => Frames.Udp(attacker.Result.Mac, gateway, attacker.Result.IPv4, World.IPv4, m));
        Array.ForEach([honest4, honest6, outward], p => sender.Send(p.Frame));
        await Until.TrueAsync(
            "honest frames arrive",
            () => atVictim.HasSeen(honest4.Marker) && atVictim.HasSeen(honest6.Marker) && atWorld.HasSeen(outward.Marker));

        Probe[] forged = [.. Forged(attacker, victim, third, gateway)];
        Array.ForEach(forged, p => sender.Send(p.Frame));
        // One honest round trip each way, sent later by the same port: had a forged frame passed, it would be there by now.
        Assert.True(await attacker.Space.PingsAsync(victim.Result.IPv4));
        Assert.True(await attacker.Space.PingsAsync(World.IPv4));

        string[] arrived = [.. forged.SelectMany(p => taps.Where(t => t.HasSeen(p.Marker)).Select(t => $"{p.What} arrived at {t.Name}"))];
        Assert.True(arrived.Length == 0, string.Join("\n", arrived));
    }

    [KernelFact]
    public async Task A_forged_neighbour_entry_does_not_get_past_the_node()
    {
        await using Node node = await Node.StartAsync();
        Container attacker = await node.AttachAsync();
        Container victim = await node.AttachAsync();

        // The container says that its neighbour is on the same wire, at the neighbour's own MAC.
        await attacker.Space.ScriptAsync($"""
            ip neigh replace {victim.Result.IPv4} lladdr {victim.Result.Mac} dev eth0 nud permanent
            ip route add {victim.Result.IPv4}/32 dev eth0
            """);

        Assert.False(await attacker.Space.PingsAsync(victim.Result.IPv4));
    }

    [KernelFact]
    public async Task A_container_that_takes_another_address_reaches_nothing_with_it()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true });
        Container attacker = await node.AttachAsync();
        Container victim = await node.AttachAsync();
        string stolen = victim.Result.IPv4;
        Container third = await node.AttachAsync();
        await attacker.Space.ScriptAsync($"""
            ip addr add {stolen}/32 dev eth0
            ip addr add {Unrelated}/32 dev eth0
            """);

        foreach (string source in (string[])[stolen, Unrelated])
        {
            foreach (string target in (string[])[third.Result.IPv4, World.IPv4, World.NodeIPv4])
            {
                Finished ping = await attacker.Space.RunAsync("ping", "-n", "-c", "1", "-W", "1", "-I", source, target);
                Assert.True(ping.ExitCode == 1, ping.ToString());
            }
        }
        Assert.True(await attacker.Space.PingsAsync(third.Result.IPv4));
    }

    [KernelFact]
    public async Task A_wire_that_weftd_did_not_program_reaches_nothing()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true });
        Container victim = await node.AttachAsync();
        using var stranger = new Space();
        string gateway = victim.Result.Json.GetProperty("ips").EnumerateArray().First().GetProperty("gateway").GetString()!;
        string[] parts = victim.Result.IPv4.Split('.');
        string address = $"{parts[0]}.{parts[1]}.{parts[2]}.{(int.Parse(parts[3]) & ~63) + 50}";
        string mac = await GatewayMacAsync(node, victim);
        // A port such as a container's, at a moment when nobody is there to remove it.
        await node.Weftd.StopAsync();
        await node.Space.ScriptAsync($"""
            ip link add wftstranger type veth peer name eth0 netns {stranger.Path}
            ip link set wftstranger master {victim.Result.Bridge} up
            ip route add {address}/32 dev {victim.Result.Bridge}
            """);
        await stranger.ScriptAsync($"""
            ip addr add {address}/32 dev eth0
            ip link set eth0 up
            ip route add {gateway}/32 dev eth0
            ip route add default via {gateway}
            ip neigh replace {gateway} lladdr {mac} dev eth0 nud permanent
            """);

        Assert.False(await stranger.PingsAsync(victim.Result.IPv4));
        Assert.False(await stranger.PingsAsync(World.IPv4));
        Assert.False(await stranger.PingsAsync(World.NodeIPv4));
        Assert.False(await victim.Space.PingsAsync(address));
    }

    [KernelFact]
    public async Task A_detached_container_reaches_nothing()
    {
        await using Node node = await Node.StartAsync(new NodeOptions { World = true });
        Container gone = await node.AttachAsync();
        Container other = await node.AttachAsync();
        CniAnswer had = gone.Result;
        Assert.True(await gone.Space.PingsAsync(other.Result.IPv4));

        await gone.DelAsync();

        Assert.NotEqual(0, (await gone.Space.PingAsync(other.Result.IPv4)).ExitCode);
        Assert.False(await other.Space.PingsAsync(had.IPv4));
        Assert.False(await other.Space.PingsAsync(had.IPv6));
    }

    private static async Task<string> GatewayMacAsync(Node node, Container container) =>
        (await node.Space.IpAsync($"link show dev {container.Result.Bridge}"))[0].GetProperty("address").GetString()!;

    private static IEnumerable<Probe> Forged(Container attacker, Container victim, Container third, string gateway)
    {
        string mac = attacker.Result.Mac, me4 = attacker.Result.IPv4, me6 = attacker.Result.IPv6;
        string you4 = victim.Result.IPv4, you6 = victim.Result.IPv6, yourMac = victim.Result.Mac;
        const string linkLocal = "fe80::1";

        foreach (string source in (string[])[third.Result.IPv4, Unrelated, "127.0.0.1", "169.254.1.1", World.IPv4, you4, "0.0.0.0", "255.255.255.255"])
        {
            yield return Probe.Of($"IPv4 from {source} to the victim", m => Frames.Udp(mac, gateway, source, you4, m));
            yield return Probe.Of($"IPv4 from {source} to the world", m => Frames.Udp(mac, gateway, source, World.IPv4, m));
        }
        foreach (string source in (string[])[third.Result.IPv6, "2001:db8::9", linkLocal, World.IPv6, "::1"])
        {
            yield return Probe.Of($"IPv6 from {source} to the victim", m => Frames.Udp(mac, gateway, source, you6, m));
            yield return Probe.Of($"IPv6 from {source} to the world", m => Frames.Udp(mac, gateway, source, World.IPv6, m));
        }
        foreach (string other in (string[])[third.Result.Mac, yourMac, gateway, "02:00:00:00:00:99"])
        {
            yield return Probe.Of($"MAC {other}, IPv4", m => Frames.Udp(other, gateway, me4, you4, m));
            yield return Probe.Of($"MAC {other}, IPv6", m => Frames.Udp(other, gateway, me6, you6, m));
        }
        yield return Probe.Of("straight to the victim's MAC", m => Frames.Udp(mac, yourMac, me4, you4, m));
        yield return Probe.Of("straight to the victim's MAC, IPv6", m => Frames.Udp(mac, yourMac, me6, you6, m));
        yield return Probe.Of("ARP for the victim", m => Frames.ArpReply(mac, you4, m));
        yield return Probe.Of("ARP for the gateway", m => Frames.ArpReply(mac, "169.254.1.1", m));
        yield return Probe.Of("router advertisement", m => Frames.Icmpv6(mac, AllNodesMac, "fe80::2", AllNodes, [134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, .. m]));
        yield return Probe.Of("neighbour advertisement for the victim",
            m => Frames.Icmpv6(mac, AllNodesMac, me6, AllNodes, [136, 0, 0, 0, 0x20, 0, 0, 0, .. IPAddress.Parse(you6).GetAddressBytes(), .. m]));
        yield return Probe.Of("redirect", m => Frames.Icmpv6(mac, gateway, linkLocal, you6, [137, 0, 0, 0, 0, 0, 0, 0, .. m]));
        yield return Probe.Of("DHCP offer", m => Frames.Udp(mac, Broadcast, me4, "255.255.255.255", m, sourcePort: 67, targetPort: 68));
        yield return Probe.Of("DHCPv6 advertise", m => Frames.Udp(mac, AllNodesMac, me6, AllNodes, m, sourcePort: 547, targetPort: 546));
        yield return Probe.Of("tagged with VLAN 5", m => Frames.Tagged(Frames.Udp(mac, gateway, me4, you4, m), 5));
        yield return Probe.Of("tagged with VLAN 0", m => Frames.Tagged(Frames.Udp(mac, gateway, me4, you4, m), 0));
        yield return Probe.Of("tagged twice", m => Frames.Tagged(Frames.Tagged(Frames.Udp(mac, gateway, me4, you4, m), 5), 6));
        yield return Probe.Of("VXLAN to the world", m => Frames.Udp(mac, gateway, me4, World.IPv4, [8, 0, 0, 0, 0, 0, 1, 0, .. m], targetPort: 4789));
        yield return Probe.Of("GRE to the world", m => Frames.IPv4(mac, gateway, me4, World.IPv4, ProtocolType.Gre, [0, 0, 8, 0, .. m]));
        yield return Probe.Of("IPv4 in IPv4 to the world", m => Frames.IPv4(mac, gateway, me4, World.IPv4, ProtocolType.IPv4, m));
        yield return Probe.Of("IPv6 in IPv4 to the world", m => Frames.IPv4(mac, gateway, me4, World.IPv4, ProtocolType.IPv6, m));
        yield return Probe.Of("a frame of a protocol nobody has", m => [.. Convert.FromHexString("FFFFFFFFFFFF"), .. Convert.FromHexString(mac.Replace(":", "", StringComparison.Ordinal)), 0x88, 0xb5, .. m, .. new byte[40]]);
        yield return Probe.Of("spanning tree", m => [.. Convert.FromHexString("0180C2000000"), .. Convert.FromHexString(mac.Replace(":", "", StringComparison.Ordinal)), 0, 60, 0x42, 0x42, 3, .. m, .. new byte[40]]);
    }
}
