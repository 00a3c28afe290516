using Weft.Dataplane;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Native;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// Tables of iptables-legacy and ip6tables-legacy. The kernel does not show their rules to nf_tables, but it names the tables that are there
/// (net/netfilter/x_tables.c). One that was only listed once is there, too, and empty.
/// </summary>
internal static class LegacyTables
{
    private const int LongestList = 4096;       // at most five names

    /// <summary>A clause that names them and what shows their rules; null: there are none that could drop packets.</summary>
    /// <param name="within">The node's namespace; null: the calling thread's.</param>
    /// <exception cref="KernelException">A list is there and cannot be read.</exception>
    public static string? Hint(NetworkNamespace? within = null)
    {
        (string Program, string[] Tables)[] found =
        [
            .. from program in (string[])["iptables", "ip6tables"]
               let tables = Read(program == "iptables" ? "ip_tables_names" : "ip6_tables_names", within)
               where tables.Length > 0
               select ($"{program}-legacy", tables),
        ];
        return found.Length == 0
            ? null
            : $"{string.Join(" and ", found.Select(f => $"{f.Program} has {string.Join(", ", f.Tables)}"))}, whose rules weftd cannot see and which may drop containers' packets: look with "
                + string.Join(" and ", found.Select(f => $"`{f.Program}-save`"));
    }

    // Table nat translates and drops nothing.
    private static string[] Read(string list, NetworkNamespace? within) =>
        [.. (within is null ? ReadHere(list) : within.Open(() => ReadHere(list))).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(t => t != "nat").Order(StringComparer.Ordinal)];

    private static string ReadHere(string list)
    {
        try
        {
            // Not /proc/net: that is the main thread's.
            return RegularFile.ReadText($"/proc/thread-self/net/{list}", LongestList);
        }
        catch (KernelException e) when (e.Errno == Errno.ENOENT)
        {
            return "";      // a kernel that does not have it, or has not loaded it
        }
    }
}
