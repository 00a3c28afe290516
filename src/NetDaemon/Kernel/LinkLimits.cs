using Weft.Contracts.Cni;
using Weft.Dataplane.TrafficControl;

namespace Weft.NetDaemon.Kernel;

/// <summary>A limit of one direction, as the kernel is given it.</summary>
/// <param name="Limit">Rate and burst.</param>
/// <param name="QueueBytes">Bytes that may wait.</param>
internal readonly record struct DirectionLimit(RateLimit Limit, uint QueueBytes);

/// <summary>
/// What a wish for bandwidth comes to. The wish counts IP packets, and the kernel Ethernet frames, so it is given a rate for frames that carry
/// packets of the MTU: one TCP flow has 96.5 % of the wish as data by IPv4 at an MTU of 1500 (1448 bytes of 1500), and 95.2 % by IPv6.
/// </summary>
/// <param name="Ingress">Towards the container; null: unlimited.</param>
/// <param name="Egress">From the container; null: unlimited.</param>
internal sealed record LinkLimits(DirectionLimit? Ingress, DirectionLimit? Egress)
{
    /// <summary>Bits per second. A frame of 1500 bytes takes 12 s at it; less is a mistake, and Kubernetes refuses it too.</summary>
    public const ulong LowestRate = 1_000;

    /// <summary>Bits per second: 1 Pbit/s, as Kubernetes has it.</summary>
    public const ulong HighestRate = 1_000_000_000_000_000;

    // A burst is what passes over and above the rate, once after each pause. At least what the rate is worth between two timer ticks (4 ms
    // at 250 Hz), or a late wake-up loses bandwidth; at most 50 ms of it, so that the first second carries at most 5 % more. Runtimes say
    // 4294967295 bits for "whatever", which at 10 Mbit/s would be no limit for 7 minutes.
    private const ulong ShortestBurst = 4;        // ms of the rate
    private const ulong LongestBurst = 50;        // ms of the rate

    // A queue shorter than two of the largest segments that a container sends at once (64 KiB) drops them whole, again and again. Beyond
    // that, 50 ms of the rate keep one TCP flow busy over a path of as long a round trip; more only delays.
    private const ulong ShortestQueue = 2 * 65_536;    // bytes
    private const ulong LongestQueue = 50;             // ms of the rate

    private const ulong EthernetHeader = 14;           // bytes
    private const ulong MillisecondsPerSecond = 1000;
    private const ulong BitsPerByte = 8;

    /// <summary>The limits of an attachment; null when it has none.</summary>
    /// <param name="wish">What ADD asked for, or null.</param>
    /// <param name="mtu">Of its interface, in bytes.</param>
    public static LinkLimits? Of(Bandwidth? wish, int mtu)
    {
        if (wish is null || (wish.IngressRate == 0 && wish.EgressRate == 0))
        {
            return null;
        }
        return new LinkLimits(
            Direction(wish.IngressRate, wish.IngressBurst, mtu),
            Direction(wish.EgressRate, wish.EgressBurst, mtu));
    }

    /// <summary>Adds what is wrong with a wish, one sentence each.</summary>
    public static void Check(Bandwidth? wish, ICollection<string> problems)
    {
        if (wish is null)
        {
            return;
        }
        Check("ingress", wish.IngressRate, wish.IngressBurst);
        Check("egress", wish.EgressRate, wish.EgressBurst);

        void Check(string direction, ulong rate, ulong burst)
        {
            if (rate == 0 && burst != 0)
            {
                problems.Add($"bandwidth has {direction}Burst {burst} without {direction}Rate; give both, or the rate alone");
            }
            else if (rate is not 0 and < LowestRate)
            {
                problems.Add($"bandwidth's {direction}Rate is {rate} bit/s; the least is {LowestRate}");
            }
            else if (rate > HighestRate)
            {
                problems.Add($"bandwidth's {direction}Rate is {rate} bit/s; the most is {HighestRate}");
            }
        }
    }

    private static DirectionLimit? Direction(ulong bitsPerSecond, ulong burstBits, int mtu)
    {
        if (bitsPerSecond == 0)
        {
            return null;
        }
        ulong rate = bitsPerSecond / BitsPerByte * ((ulong)mtu + EthernetHeader) / (ulong)mtu;
        // A token bucket that holds no whole frame never lets one pass.
        ulong least = Math.Max((ulong)mtu + EthernetHeader, rate * ShortestBurst / MillisecondsPerSecond);
        ulong most = Math.Max(least, rate * LongestBurst / MillisecondsPerSecond);
        ulong burst = burstBits == 0 ? most : Math.Clamp(burstBits / BitsPerByte, least, most);
        ulong queue = Math.Max(ShortestQueue, rate * LongestQueue / MillisecondsPerSecond);
        return new DirectionLimit(RateLimit.Of(rate, burst), (uint)Math.Min(queue, uint.MaxValue));
    }
}
