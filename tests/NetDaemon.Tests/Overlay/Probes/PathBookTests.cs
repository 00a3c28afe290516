using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Weft.NetDaemon.Overlay;
using Weft.NetDaemon.Overlay.Probes;

namespace Weft.NetDaemon.Tests.Overlay.Probes;

public sealed class PathBookTests
{
    private static readonly PathFinding Open = new(PathState.Open, 1450);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Five_thousand_nodes_are_not_tried_all_at_once()
    {
        var book = new PathBook(_time);
        book.Set([.. Enumerable.Range(2, 5000).Select(n => Target((uint)n))]);
        int first = 0;
        for (int second = 0; second < 10; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            first += book.Take(5000).Count;
        }
        // A tenth of a hundred seconds: 500 on the average.
        Assert.InRange(first, 300, 700);
        _time.Advance(TimeSpan.FromSeconds(91));
        Assert.Equal(5000 - first, book.Take(5000).Count);
        Assert.Empty(book.Take(5000));
    }

    [Fact]
    public void A_way_that_is_open_is_tried_again_within_two_hours_and_one_with_a_problem_within_half_a_minute()
    {
        var book = new PathBook(_time);
        book.Set([Target(2), Target(3)]);
        _time.Advance(TimeSpan.FromSeconds(1));
        IReadOnlyList<PeerPath> both = book.Take(2);
        Assert.True(book.Done(both[0], Open, null));
        Assert.True(book.Done(both[1], new PathFinding(PathState.Narrow, 1350), null));
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Same(both[1], Assert.Single(book.Take(2)));
        Assert.True(book.Done(both[1], Open, null));
        _time.Advance(TimeSpan.FromMinutes(40));
        Assert.Empty(book.Take(2));
        _time.Advance(TimeSpan.FromMinutes(60));
        Assert.Equal(2, book.Take(2).Count);
    }

    [Fact]
    public void Silence_is_believed_at_the_third_time_and_changes_nothing_before()
    {
        var book = new PathBook(_time);
        book.Set([Target(2)]);
        _time.Advance(TimeSpan.FromSeconds(1));
        book.Done(book.Take(1)[0], Open, null);
        _time.Advance(TimeSpan.FromHours(2));
        for (int time = 1; time <= PathBook.Disbelief; time++)
        {
            Assert.Equal(PathState.Open, Assert.Single(book.All()).Finding.State);
            bool isNew = book.Done(book.Take(1)[0], new PathFinding(PathState.Silent), null);
            Assert.Equal(time == PathBook.Disbelief, isNew);
            _time.Advance(TimeSpan.FromSeconds(1.5));
        }
        Assert.Equal(PathState.Silent, Assert.Single(book.All()).Finding.State);
    }

    [Fact]
    public void Another_block_tries_no_way_again_and_another_address_does()
    {
        var book = new PathBook(_time);
        book.Set([Target(2)]);
        _time.Advance(TimeSpan.FromSeconds(1));
        book.Done(book.Take(1)[0], Open, null);
        book.Set([Target(2)]);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(book.Take(1));
        book.Set([Target(2) with { Mtu = 1400 }]);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Single(book.Take(1));
        book.Set([]);
        Assert.Empty(book.All());
    }

    [Fact]
    public void The_report_names_node_size_and_remedy()
    {
        (ProbeTarget, PathFinding, DateTimeOffset?, TimeSpan?)[] paths =
        [
            (Target(2), new PathFinding(PathState.Narrow, 1350), null, null),
            (Target(3), new PathFinding(PathState.Silent), null, null),
            (Target(4), Open, null, null),
        ];
        string text = PathReport.Of(paths, 4789, out bool isProblem);
        Assert.True(isProblem);
        Assert.Contains("packets of more than 1350 bytes to node node2 (192.0.2.2) are lost", text, StringComparison.Ordinal);
        Assert.Contains("carry 1500 bytes", text, StringComparison.Ordinal);
        Assert.Contains("mtu: 1350", text, StringComparison.Ordinal);
        Assert.Contains("node node3 (192.0.2.3) is unreachable", text, StringComparison.Ordinal);
        Assert.Contains("UDP 4789", text, StringComparison.Ordinal);
        Assert.Equal("packets of full size reach 1 of 1 other node(s)", PathReport.Of(paths[2..], 4789, out isProblem));
        Assert.False(isProblem);
    }

    [Fact]
    public void The_report_stays_short_however_many_nodes_are_unreachable()
    {
        string text = PathReport.Of([.. Enumerable.Range(2, 5000).Select(n => (Target((uint)n), new PathFinding(PathState.Silent), (DateTimeOffset?)null, (TimeSpan?)null))], 4789, out _);
        Assert.EndsWith("and 4997 more nodes: `weft get nodes -o wide`", text, StringComparison.Ordinal);
        Assert.InRange(text.Length, 1, 1000);
    }

    private static ProbeTarget Target(uint number) => new(
        number, $"node{number}", AddressNumber.ToAddress(AddressFamily.InterNetwork, AddressNumber.Of(IPAddress.Parse("192.0.2.0")) + number), OverlayKeys.Mac(number), 1450, 50, IsDirect: false);
}
