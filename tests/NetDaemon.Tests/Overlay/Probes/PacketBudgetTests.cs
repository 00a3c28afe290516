using Microsoft.Extensions.Time.Testing;
using Weft.NetDaemon.Overlay.Probes;

namespace Weft.NetDaemon.Tests.Overlay.Probes;

public sealed class PacketBudgetTests
{
    [Fact]
    public void Whoever_asks_however_often_so_many_packets_go_in_a_second_and_a_few_more_at_first()
    {
        var time = new FakeTimeProvider();
        var budget = new PacketBudget(50, time);
        Task[] packets = [.. Enumerable.Range(0, 1000).Select(_ => budget.TakeAsync(CancellationToken.None))];
        int first = packets.Count(p => p.IsCompleted);
        Assert.InRange(first, 1, 10);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.InRange(packets.Count(p => p.IsCompleted) - first, 49, 51);
        time.Advance(TimeSpan.FromSeconds(20));
        Assert.All(packets, p => Assert.True(p.IsCompletedSuccessfully));
        // What was not used is not saved up.
        time.Advance(TimeSpan.FromHours(1));
        Assert.InRange(Enumerable.Range(0, 1000).Count(_ => budget.TakeAsync(CancellationToken.None).IsCompleted), 1, 10);
    }
}
