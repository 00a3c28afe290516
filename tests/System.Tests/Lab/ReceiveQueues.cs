using System.Globalization;

namespace Weft.SystemTests.Lab;

/// <summary>The CPUs' queues of received packets, which all network namespaces of the machine share (veth uses them).</summary>
internal static class ReceiveQueues
{
    /// <summary>Packets dropped since boot because a queue was full: the second column of /proc/net/softnet_stat, hexadecimal.</summary>
    public static long Dropped() => File.ReadLines("/proc/net/softnet_stat")
        .Sum(line => long.Parse(line.Split(' ')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
}
