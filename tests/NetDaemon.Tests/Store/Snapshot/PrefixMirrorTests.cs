using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Snapshot;

namespace Weft.NetDaemon.Tests.Store.Snapshot;

public sealed class PrefixMirrorTests
{
    [Fact]
    public void A_list_is_compared_by_whole_values()
    {
        var mirror = new PrefixMirror("/a/", new SnapshotSection("/a/", 9, [Entry("/a/same", 1, 2), Entry("/a/changed", 1, 3), Entry("/a/gone", 1, 4), Entry("/a/value", 1, 5)]));

        mirror.Replace(new StoreRange([Entry("/a/changed", 2, 11), Entry("/a/new", 1, 12), Entry("/a/same", 1, 2), Entry("/a/value", 9, 5)], 20));

        Assert.Equal("/a/changed=11 /a/new=12 /a/value=5 /a/gone deleted",
            string.Join(' ', mirror.Current.Changes.Select(c => c.Entry is { } e ? $"{c.Key}={e.ModRevision}" : $"{c.Key} deleted")));
        Assert.Equal((20, false, 4), (mirror.Current.Revision, mirror.Current.FromSnapshot, mirror.Current.Entries.Count));
    }

    [Fact]
    public async Task A_reader_sees_every_step_however_late_it_comes()
    {
        var mirror = new PrefixMirror("/a/", known: null);
        MirrorStep step = mirror.Current;
        mirror.Apply(new WatchBatch(3, [new StoreChange("/a/x", Entry("/a/x", 1, 3))]));
        mirror.Apply(new WatchBatch(5, []));
        mirror.Apply(new WatchBatch(6, [new StoreChange("/a/x", null)]));

        List<string> seen = [];
        while (step.Next.IsCompleted)
        {
            step = await step.Next;
            seen.Add($"{step.Revision} {step.Entries.Count} {step.Changes.Count}");
        }
        Assert.Equal(["3 1 1", "5 1 0", "6 0 1"], seen);
    }

    [Fact]
    public void Nothing_new_leaves_the_entries_the_very_same()
    {
        var mirror = new PrefixMirror("/a/", new SnapshotSection("/a/", 9, [Entry("/a/same", 1, 2)]));
        var before = mirror.Current.Entries;

        mirror.Replace(new StoreRange([Entry("/a/same", 1, 2)], 20));
        mirror.Apply(new WatchBatch(21, []));

        Assert.Same(before, mirror.Current.Entries);
        Assert.Equal(21, mirror.Current.Revision);
    }

    [Fact]
    public void Only_what_is_deleted_with_all_the_rest_may_have_been_lost_and_not_taken_away()
    {
        var mirror = new PrefixMirror("/a/", new SnapshotSection("/a/", 9, [Entry("/a/one", 1, 2), Entry("/a/two", 1, 3), Entry("/a/forgotten", 1, 4)]));

        mirror.Apply(new WatchBatch(10, [new StoreChange("/a/forgotten", null)]));
        Assert.Empty(mirror.DeletedLast);
        mirror.Apply(new WatchBatch(11, [new StoreChange("/a/one", null), new StoreChange("/a/two", null), new StoreChange("/a/one", Entry("/a/one", 2, 11))]));

        Assert.Equal(["/a/one", "/a/two"], mirror.DeletedLast.Select(e => e.Key).Order());
    }

    [Theory]
    [InlineData(1, false, 0.0001)]
    [InlineData(5000, false, 0.5)]
    [InlineData(5000, true, 50)]
    public void The_window_for_lists_grows_with_the_number_of_nodes(int nodes, bool hasCopy, double seconds)
    {
        Assert.Equal(TimeSpan.Zero, ListJitter.Wait(nodes, hasCopy, 0));
        Assert.Equal(TimeSpan.FromSeconds(seconds / 2), ListJitter.Wait(nodes, hasCopy, 0.5));
    }

    private static StoreEntry Entry(string key, byte value, long revision) => new(key, new[] { value }, 1, revision, 1, 0);
}
