using CsCheck;
using Weft.Contracts.Cni;
using Weft.NetDaemon.Kernel;

namespace Weft.NetDaemon.Tests.Kernel;

public sealed class LinkLimitsTests
{
    private const ulong ContainerdsBurst = 4_294_967_295;
    private const int Mtu = 1450;

    [Theory]
    [InlineData(1_000_000UL)]
    [InlineData(10_000_000UL)]
    [InlineData(1_000_000_000UL)]
    [InlineData(100_000_000_000UL)]
    public void The_burst_that_containerd_sends_lets_the_first_second_carry_at_most_a_tenth_more(ulong rate)
    {
        DirectionLimit limit = LinkLimits.Of(new Bandwidth { IngressRate = rate, IngressBurst = ContainerdsBurst }, Mtu)!.Ingress!.Value;

        // Frames of 1464 bytes carry packets of 1450.
        Assert.Equal(rate / 8 * 1464 / 1450, limit.Limit.BytesPerSecond);
        Assert.InRange(limit.Limit.BurstBytes, 0UL, rate / 80);
    }

    [Fact]
    public void No_wish_no_limit()
    {
        Assert.Null(LinkLimits.Of(null, Mtu));
        Assert.Null(LinkLimits.Of(new Bandwidth(), Mtu));
        Assert.Null(LinkLimits.Of(new Bandwidth { EgressRate = 1_000_000 }, Mtu)!.Ingress);
    }

    [Fact]
    public void A_burst_within_reason_is_kept()
    {
        DirectionLimit limit = LinkLimits.Of(new Bandwidth { EgressRate = 100_000_000, EgressBurst = 1_600_000 }, Mtu)!.Egress!.Value;

        Assert.InRange(limit.Limit.BurstBytes, 200_000UL, 200_001UL);
    }

    [Fact]
    public void Every_bucket_holds_a_frame_and_every_queue_two_of_the_largest_segments() => Gen.Select(
            Gen.ULong[LinkLimits.LowestRate, LinkLimits.HighestRate], Gen.ULong[0, ContainerdsBurst], Gen.Int[1280, 65535])
        .Sample((rate, burst, mtu) =>
        {
            DirectionLimit limit = LinkLimits.Of(new Bandwidth { IngressRate = rate, IngressBurst = burst }, mtu)!.Ingress!.Value;
            return limit.Limit.BurstBytes >= (ulong)Math.Min(mtu + 14, 274 * (long)(rate / 8)) && limit.QueueBytes >= 131_072;
        });

    [Theory]
    [InlineData(0UL, 1UL, "bandwidth has ingressBurst 1 without ingressRate; give both, or the rate alone")]
    [InlineData(999UL, 0UL, "bandwidth's ingressRate is 999 bit/s; the least is 1000")]
    [InlineData(1_000_000_000_000_001UL, 0UL, "bandwidth's ingressRate is 1000000000000001 bit/s; the most is 1000000000000000")]
    public void What_makes_no_sense_is_named(ulong rate, ulong burst, string problem)
    {
        var problems = new List<string>();

        LinkLimits.Check(new Bandwidth { IngressRate = rate, IngressBurst = burst }, problems);

        Assert.Equal([problem], problems);
    }

    [Fact]
    public void Both_directions_are_checked_at_once()
    {
        var problems = new List<string>();

        LinkLimits.Check(new Bandwidth { IngressRate = 1, EgressBurst = 1 }, problems);

        Assert.Equal(2, problems.Count);
    }
}
