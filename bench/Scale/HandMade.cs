using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Weft.Manifests.Addresses;
using Weft.NetDaemon.Overlay;

namespace Weft.Scale;

/// <summary>The same objects, loaded by ip(8), bridge(8) and nft(8): what a script would need for it.</summary>
internal static partial class HandMade
{
    /// <summary>Loads them. The kernel has none of them, and weftd does not run.</summary>
    /// <param name="cluster">The nodes.</param>
    /// <param name="rules">What `nft list table inet weft` printed of weftd's: its sets are taken.</param>
    /// <returns>How long it took: neighbours, nexthops and routes; forwarding entries; sets.</returns>
    public static (TimeSpan Route, TimeSpan Bridge, TimeSpan Nft) Load(SimulatedCluster cluster, string rules)
    {
        StringBuilder devices = new(), tables = new(), fdb = new(), nexthops = new(), routes = new();
        for (int i = 1; i <= cluster.Networks; i++)
        {
            devices.Append(CultureInfo.InvariantCulture, $"link add hand{i} mtu 1450 type vxlan id {i} dstport 4789 local 127.0.0.1 nolearning\nlink set hand{i} addrgenmode none up\n");
        }
        foreach (SimulatedNode node in cluster.Nodes)
        {
            foreach (IGrouping<int, Cidr> blocks in node.Blocks.GroupBy(b => b.Network + 1, b => b.Cidr))
            {
                uint nexthop = OverlayKeys.Nexthop((uint)blocks.Key, node.Number);
                tables.Append(CultureInfo.InvariantCulture, $"neighbour replace {OverlayKeys.Gateway(node.Number)} lladdr {OverlayKeys.Mac(node.Number)} dev hand{blocks.Key} nud permanent\n");
                fdb.Append(CultureInfo.InvariantCulture, $"fdb replace {OverlayKeys.Mac(node.Number)} dev hand{blocks.Key} dst {node.Underlay4} self permanent\n");
                nexthops.Append(CultureInfo.InvariantCulture, $"nexthop replace id {nexthop} via {OverlayKeys.Gateway(node.Number)} dev hand{blocks.Key} onlink proto 87\n");
                foreach (Cidr block in blocks)
                {
                    routes.Append(CultureInfo.InvariantCulture, $"route replace {block} nhid {nexthop} metric 87 proto 87\n");
                }
            }
        }
        string folder = Directory.CreateTempSubdirectory("scale-").FullName;
        Command.Run("ip", "-batch", Write("devices", devices.ToString()));
        string route = Write("tables", $"{tables}{nexthops}{routes}"), bridge = Write("fdb", fdb.ToString());
        // nft prints interface names within concatenations as "", and then does not take that back: the few elements of paths.
        IEnumerable<string> known = Set().Matches(rules).Select(m => m.Value).Where(set => !set.Contains("\"\"", StringComparison.Ordinal));
        string sets = Write("sets", $"table inet hand {{\n{string.Join('\n', known)}\n}}\n");
        var times = (Command.Run("ip", "-batch", route).Time, Command.Run("bridge", "-batch", bridge).Time, Command.Run("nft", "-f", sets).Time);
        for (int i = 1; i <= cluster.Networks; i++)
        {
            Command.Run("ip", "link", "del", $"hand{i}");
        }
        KernelTables.Empty();
        Directory.Delete(folder, recursive: true);
        return times;

        string Write(string name, string text)
        {
            string path = Path.Combine(folder, name);
            File.WriteAllText(path, text);
            return path;
        }
    }

    // Sets, and maps that hold data: verdicts need chains.
    [GeneratedRegex(@"^\t(?:set|map) \w+ \{\n(?!\t\ttype [^\n]*: verdict)(?:.*\n)*?\t\}", RegexOptions.Multiline)]
    private static partial Regex Set();
}
