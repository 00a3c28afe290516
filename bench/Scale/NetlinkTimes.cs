using System.Globalization;
using System.Text.RegularExpressions;

namespace Weft.Scale;

/// <summary>What strace(1) says of the time that a process spent in calls on netlink sockets: there the kernel does its work, before send returns.</summary>
/// <param name="Route">Seconds in calls on rtnetlink sockets.</param>
/// <param name="Netfilter">Seconds in calls on nf_tables' sockets.</param>
/// <param name="Calls">How many calls.</param>
internal sealed partial record NetlinkTimes(double Route, double Netfilter, int Calls)
{
    public static string[] Trace(string file) =>
        ["strace", "-f", "--seccomp-bpf", "-qq", "-s", "0", "-yy", "-T", "-o", file, "-e", "trace=sendto,sendmsg,recvfrom,recvmsg"];

    public static NetlinkTimes Read(string file)
    {
        double route = 0, netfilter = 0;
        int calls = 0;
        var unfinished = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in File.ReadLines(file))
        {
            string thread = line[..line.IndexOf(' ', StringComparison.Ordinal)];
            if (line.EndsWith("<unfinished ...>", StringComparison.Ordinal))
            {
                unfinished[thread] = line;
                continue;
            }
            string call = line.Contains(" resumed>", StringComparison.Ordinal) && unfinished.Remove(thread, out string? begun) ? begun : line;
            if (!Duration().IsMatch(line) || !call.Contains("<NETLINK:[", StringComparison.Ordinal))
            {
                continue;
            }
            double seconds = double.Parse(Duration().Match(line).Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            calls++;
            (route, netfilter) = call.Contains("<NETLINK:[ROUTE", StringComparison.Ordinal) ? (route + seconds, netfilter) : (route, netfilter + seconds);
        }
        return calls == 0 ? throw new InvalidOperationException("strace named no call on a netlink socket") : new NetlinkTimes(route, netfilter, calls);
    }

    [GeneratedRegex(@"<([0-9.]+)>$")]
    private static partial Regex Duration();
}
