using System.Collections.Concurrent;
using Weft.Dataplane.Nftables;

namespace Weft.Dataplane.Tests.Nftables;

public class MonitorTests
{
    [SkippableFact]
    public void Changes_are_told_with_who_did_them_and_to_which_table()
    {
        using NftLab lab = NftLab.Open();
        using var events = new BlockingCollection<NftEvent>();
        using NftMonitor monitor = NftMonitor.Start(events.Add, lab.Space);
        lab.Reconcile(Layout.Inet());
        NftChanged ours = Assert.IsType<NftChanged>(events.Take());
        Assert.True(ours.IsOurs(lab.Socket.PortId));
        Assert.True(ours.Touches(Layout.InetTable));
        Assert.Equal(lab.Socket.Generation(), ours.Generation);

        lab.Script("add table bridge weft\nadd chain bridge weft c");
        NftChanged theirs = Assert.IsType<NftChanged>(events.Take());
        Assert.False(theirs.IsOurs(lab.Socket.PortId));
        Assert.Equal("nft", theirs.ProcessName);
        Assert.NotEqual(0u, theirs.ProcessId);
        Assert.Equal([Layout.BridgeTable], theirs.Tables);
        Assert.False(theirs.Touches(Layout.InetTable));
    }

    [SkippableFact]
    public void A_flood_of_changes_ends_in_a_change_or_a_resync()
    {
        using NftLab lab = NftLab.Open();
        using var events = new BlockingCollection<NftEvent>();
        using var go = new ManualResetEventSlim();
        using NftMonitor monitor = NftMonitor.Start(
            e =>
            {
                go.Wait();
                events.Add(e);
            },
            lab.Space);
        lab.Reconcile(Layout.Bridge());
        for (int round = 0; round < 3; round++)
        {
            lab.Commit(tx =>
            {
                tx.In(Layout.BridgeTable).Flush(Layout.Sources);
                tx.In(Layout.BridgeTable).AddElements(Layout.Sources, Enumerable.Range(0, 10_000).Select(static n => Layout.Source(n)).ToArray());
            });
        }
        go.Set();
        Assert.IsType<NftChanged>(events.Take());       // the layout, which was being told
        Assert.IsType<NftResync>(events.Take());
    }
}
