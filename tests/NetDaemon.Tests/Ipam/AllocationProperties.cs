using System.Net;
using CsCheck;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Ipam;

namespace Weft.NetDaemon.Tests.Ipam;

/// <summary>Any sequence of ADD, DEL, failed ADD, waiting and kill -9, against a model that is too simple to be wrong.</summary>
public sealed class AllocationProperties
{
    private const int First = 1;
    private const int Last = 14;   // of 10.88.0.0/28 less its ends
    private const int BlockLength = 4;

    private enum Step { Attach, AttachWanted, Detach, Fail, FailRecorded, Wait, Restart }

    [Fact]
    public void No_address_is_given_twice_or_early_or_out_of_turn_whatever_happens()
    {
        Gen<Step> step = Gen.Frequency(
            (8, Gen.Const(Step.Attach)), (2, Gen.Const(Step.AttachWanted)), (6, Gen.Const(Step.Detach)), (2, Gen.Const(Step.Fail)),
            (1, Gen.Const(Step.FailRecorded)), (4, Gen.Const(Step.Wait)), (1, Gen.Const(Step.Restart)));
        Gen.Select(step, Gen.Int[0, 99]).Array[1, 80].Sample(steps => RunAsync(steps).GetAwaiter().GetResult(), iter: 60, threads: 1);
    }

    private static async Task RunAsync((Step Step, int Choice)[] steps)
    {
        await using AllocatorBench bench = await AllocatorBench.CreateAsync("four 10.88.0.0/28 30");
        List<AttachmentRecord> live = [];
        List<(int Address, DateTimeOffset At)> released = [];
        HashSet<int> blocks = [];
        foreach ((Step step, int choice) in steps)
        {
            bench.Time.Advance(TimeSpan.FromMilliseconds(1));   // no two releases at the same time: then there is one order
            DateTimeOffset now = bench.Time.GetUtcNow();
            switch (step)
            {
                case Step.Attach when Expected(now) is { } expected:
                    live.Add(await bench.AttachAsync());
                    Took(expected, AddressOf(live[^1]));
                    break;
                case Step.Attach or Step.Fail when Expected(now) is null:
                    Assert.Equal("exhausted", await bench.TakeAsync());
                    break;
                case Step.AttachWanted:
                    int wanted = First + (choice % Last);
                    blocks.Add(wanted / BlockLength);
                    if (live.Exists(r => AddressOf(r) == wanted))
                    {
                        Assert.Equal("InUse", await bench.TakeAsync($"10.88.0.{wanted}"));
                        break;
                    }
                    live.Add(await bench.AttachAsync($"10.88.0.{wanted}"));
                    Took(wanted, AddressOf(live[^1]));
                    break;
                case Step.Detach when live.Count > 0:
                    AttachmentRecord gone = live[choice % live.Count];
                    bench.Detach(gone);
                    live.Remove(gone);
                    released.Add((AddressOf(gone), now));
                    break;
                case Step.Fail:
                    string taken = await bench.TakeAsync();
                    Assert.Equal($"10.88.0.{Expected(now)}", taken);
                    blocks.Add(Expected(now)!.Value / BlockLength);
                    bench.Allocator.ReturnUnused("net", [IPAddress.Parse(taken)]);
                    break;
                case Step.FailRecorded when Expected(now) is { } expected:
                    AttachmentRecord failed = await bench.AttachAsync();
                    Assert.Equal(expected, AddressOf(failed));
                    blocks.Add(expected / BlockLength);
                    Assert.True(bench.Ledger.RemoveUnused(failed.Id));
                    bench.Allocator.ReturnUnused("net", failed.Addresses.Select(a => a.Address));
                    break;
                case Step.Wait:
                    bench.Time.Advance(TimeSpan.FromSeconds(choice));
                    break;
                case Step.Restart:
                    await bench.RestartAsync();
                    break;
                default:
                    break;
            }
            PoolUsage usage = Assert.Single(bench.Allocator.Usage(bench.Pools));
            Assert.Equal(live.Count, usage.Used);
            Assert.Equal(released.Count(r => !IsCool(r.At, bench.Time.GetUtcNow())), usage.Cooling);
            Assert.Equal(blocks.Order(), usage.Blocks.Select(b => (int)(b.Cidr.Network & 0xff) / BlockLength));
        }

        // Fresh ones of own blocks, then the one that was released first if it has cooled, then the lowest block that is not claimed yet.
        int? Expected(DateTimeOffset now)
        {
            IEnumerable<int> fresh = Enumerable.Range(First, Last).Where(a => !live.Exists(r => AddressOf(r) == a) && !released.Exists(r => r.Address == a));
            int? own = fresh.Where(a => blocks.Contains(a / BlockLength)).Cast<int?>().FirstOrDefault();
            int? cooled = released.Where(r => IsCool(r.At, now)).Select(r => (int?)r.Address).FirstOrDefault();
            return own ?? cooled ?? fresh.Cast<int?>().FirstOrDefault();
        }

        void Took(int expected, int address)
        {
            Assert.Equal(expected, address);
            blocks.Add(address / BlockLength);
            released.RemoveAll(r => r.Address == address);
        }
    }

    private static bool IsCool(DateTimeOffset at, DateTimeOffset now) => now - at >= TimeSpan.FromSeconds(60);

    private static int AddressOf(AttachmentRecord record) => Assert.Single(record.Addresses).Address.GetAddressBytes()[3];
}
