using System.Net;
using CsCheck;
using Weft.NetDaemon.Kernel;

namespace Weft.NetDaemon.Tests.Kernel;

public sealed class ShaperNumbersTests
{
    [Fact]
    public void Class_numbers_are_the_lowest_that_nobody_has()
    {
        var numbers = new ShaperNumbers();
        numbers.Know(3);

        Assert.Equal([2, 4, 5], Take(numbers, 3));
        Assert.True(numbers.ForgetUnused(3));
        Assert.False(numbers.ForgetUnused(3));
        Assert.Equal([3, 6], Take(numbers, 2));
    }

    [Fact]
    public void A_class_to_which_a_filter_leads_keeps_its_number()
    {
        var numbers = new ShaperNumbers();
        ushort minor = numbers.TakeMinor()!.Value;
        numbers.TakeFilter(IPAddress.Parse("10.0.0.1"), minor);
        numbers.TakeFilter(IPAddress.Parse("fd00::1"), minor);

        numbers.Forget(IPAddress.Parse("10.0.0.1"), out _, out _);
        Assert.False(numbers.ForgetUnused(minor));
        Assert.True(numbers.Forget(IPAddress.Parse("fd00::1"), out _, out ushort found));

        Assert.Equal(minor, found);
        Assert.Equal([minor], numbers.All.UnusedMinors);
        Assert.True(numbers.ForgetUnused(minor));
    }

    [Fact]
    public void All_numbers_can_be_given_and_then_none()
    {
        var numbers = new ShaperNumbers();

        Assert.Equal(0xFFFE - 1, Take(numbers, 0xFFFF).Count);
        Assert.Null(numbers.TakeMinor());
        // 10.a.b.7: all end alike.
        Assert.All(Enumerable.Range(0, 0xFFF), i => Assert.NotNull(numbers.TakeFilter(new IPAddress([10, (byte)(i >> 8), (byte)i, 7]), 2)));
        Assert.Null(numbers.TakeFilter(IPAddress.Parse("10.200.0.7"), 2));
    }

    [Fact]
    public void Whatever_comes_and_goes_no_two_have_the_same_number() => Gen.Select(Gen.Bool, Gen.Int[0, 40]).Array[0, 200].Sample(steps =>
    {
        var numbers = new ShaperNumbers();
        var held = new Dictionary<int, (ushort Minor, int Filter)>();
        foreach ((bool add, int who) in steps)
        {
            var address = new IPAddress([10, 0, (byte)who, (byte)(who % 3)]);
            if (add && !held.ContainsKey(who))
            {
                ushort minor = numbers.TakeMinor()!.Value;
                held[who] = (minor, numbers.TakeFilter(address, minor)!.Value);
            }
            else if (!add && held.Remove(who, out (ushort Minor, int Filter) gone))
            {
                Assert.True(numbers.Forget(address, out _, out ushort minor) && minor == gone.Minor && numbers.ForgetUnused(minor));
            }
        }
        Assert.Equal(held.Count, held.Values.Select(h => h.Minor).Distinct().Count());
        Assert.Equal(held.Count, held.Select(h => (h.Key % 3, h.Value.Filter)).Distinct().Count());
        Assert.Equal(held.Count, numbers.All.Addresses.Count);
    });

    private static List<int> Take(ShaperNumbers numbers, int count)
    {
        var taken = new List<int>();
        for (int i = 0; i < count && numbers.TakeMinor() is { } minor; i++)
        {
            taken.Add(minor);
        }
        return taken;
    }
}
