using Weft.Dataplane.Route;

namespace Weft.TestSupport;

/// <summary>
/// What tests must leave as it was: the machine's own links, routes, rules and nexthops, and the namespaces that this process holds.
/// </summary>
public static class MachineState
{
    private const byte Redirect = 1;             // RTPROT_REDIRECT and RTPROT_RA: the network's own doing
    private const byte RouterAdvertisement = 9;

    /// <summary>One line for each thing, in order.</summary>
    public static IReadOnlyList<string> Read()
    {
        using RouteSocket socket = RouteSocket.Open();
        return
        [
            .. socket.Links().Select(link => $"link {link.Index} {link.Name}").Order(StringComparer.Ordinal),
            .. socket.Routes().Where(route => route.Protocol is not (Redirect or RouterAdvertisement))
                .Select(route => $"route {route.Type} {route.Destination} via {route.Gateway} dev {route.LinkIndex} table {route.Table} "
                    + $"proto {route.Protocol} metric {route.Priority} nhid {route.NexthopId}")
                .Order(StringComparer.Ordinal),
            .. socket.Rules().Select(rule => $"rule {rule}").Order(StringComparer.Ordinal),
            .. socket.Nexthops().Select(nexthop => $"nexthop {nexthop.Id}").Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>How many network namespaces this process holds open.</summary>
    public static int HeldNamespaces() => Directory.EnumerateFileSystemEntries("/proc/self/fd")
        .Count(entry => new FileInfo(entry).LinkTarget?.StartsWith("net:[", StringComparison.Ordinal) == true);

    /// <summary>What differs, one line each: "- gone" and "+ new".</summary>
    public static IReadOnlyList<string> Difference(IReadOnlyList<string> before, IReadOnlyList<string> after) =>
        [.. before.Except(after).Select(line => "- " + line), .. after.Except(before).Select(line => "+ " + line)];
}
