using System.Net;
using Microsoft.Data.Sqlite;
using Weft.Contracts.Cni;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Store;
using static Weft.NetDaemon.Tests.Attachments.LedgerRecords;

namespace Weft.NetDaemon.Tests.Attachments;

public sealed class AttachmentLedgerTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);
    private readonly TempDirectory _directory = new();
    private AttachmentLedger _ledger;

    public AttachmentLedgerTests() => _ledger = AttachmentLedger.Open(_directory);

    public void Dispose()
    {
        _ledger.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void Every_field_of_an_attachment_comes_back()
    {
        AttachmentRecord record = Record("a", "10.0.0.1", "fd00::1");

        ulong id = _ledger.InsertPending(record);

        Assert.Equal(Describe(record with { Id = id }), Describe(Assert.Single(_ledger.LoadAll().Attachments)));
        Reopen();
        Assert.Equal(Describe(record with { Id = id }), Describe(Assert.Single(_ledger.LoadAll().Attachments)));
    }

    [Fact]
    public void A_new_attachment_is_pending_until_it_is_committed()
    {
        ulong id = _ledger.InsertPending(Record("a") with { State = AttachmentState.Committed });
        Assert.Equal(AttachmentState.Pending, Assert.Single(_ledger.LoadAll().Attachments).State);

        Assert.True(_ledger.MarkCommitted(id));
        Reopen();
        Assert.Equal(AttachmentState.Committed, Assert.Single(_ledger.LoadAll().Attachments).State);
    }

    [Fact]
    public void Name_and_labels_can_become_known_later()
    {
        AttachmentRecord record = Record("a", "10.0.0.1").WithoutLabels(new AttachRequest { ContainerdAddress = "/run/c.sock" });
        ulong id = _ledger.InsertPending(record);
        ulong other = _ledger.InsertPending(Record("b"));
        Reopen();
        Assert.False(_ledger.LoadAll().Attachments[0].LabelsAreKnown);
        var endpoint = new EndpointDescription("prod", "web-0", "u-1", new Dictionary<string, string> { ["app"] = "\"web\"" });

        Assert.True(_ledger.Describe(record.DescribedAs(endpoint) with { Id = id }));
        Assert.False(_ledger.Describe(record.DescribedAs(endpoint) with { Id = other + 1 }));
        Reopen();

        Assert.Equal(
            [Describe(record.DescribedAs(endpoint) with { Id = id }), Describe(Record("b") with { Id = other })],
            _ledger.LoadAll().Attachments.Select(Describe));
        Assert.True(_ledger.LoadAll().Attachments[0].IsDescribedAs(endpoint));
        Assert.False(_ledger.LoadAll().Attachments[1].IsDescribedAs(endpoint));
    }

    [Fact]
    public void Ids_grow_and_are_never_used_again()
    {
        ulong first = _ledger.InsertPending(Record("a"));
        ulong second = _ledger.InsertPending(Record("b"));
        _ledger.Remove(second, Noon);
        Reopen();

        ulong third = _ledger.InsertPending(Record("b"));

        Assert.True(first < second && second < third, $"{first} {second} {third}");
    }

    [Fact]
    public void A_key_is_recorded_once()
    {
        _ledger.InsertPending(Record("a", "10.0.0.1"));

        var refusal = Assert.Throws<InvalidOperationException>(() => _ledger.InsertPending(Record("a", "10.0.0.2")));

        Assert.Contains("net/a/eth0", refusal.Message, StringComparison.Ordinal);
        _ledger.InsertPending(Record("b", "10.0.0.2"));   // not taken by the refused one
    }

    [Fact]
    public void An_address_belongs_to_one_attachment()
    {
        _ledger.InsertPending(Record("a", "10.0.0.1"));

        var refusal = Assert.Throws<InvalidOperationException>(() => _ledger.InsertPending(Record("b", "10.0.0.2", "10.0.0.1")));

        Assert.Contains("10.0.0.1", refusal.Message, StringComparison.Ordinal);
        Assert.Single(_ledger.LoadAll().Attachments);
        _ledger.InsertPending(Record("b", "10.0.0.2"));
        _ledger.InsertPending(Record("c", "10.0.0.1") with { WeftNetwork = "other" });
    }

    [Fact]
    public void Addresses_of_a_removed_attachment_cool_down_in_the_order_of_removal()
    {
        ulong a = _ledger.InsertPending(Record("a", "10.0.0.1", "fd00::1"));
        ulong b = _ledger.InsertPending(Record("b", "10.0.0.2"));

        Assert.True(_ledger.Remove(b, Noon));
        Assert.True(_ledger.Remove(a, Noon.AddSeconds(-5)));   // the clock was set back
        Assert.False(_ledger.Remove(a, Noon));
        Reopen();

        LedgerContents contents = _ledger.LoadAll();
        Assert.Empty(contents.Attachments);
        Assert.Equal(["10.0.0.2", "10.0.0.1", "fd00::1"], contents.Released.Select(r => r.Address.ToString()));
        Assert.Equal([Noon, Noon.AddSeconds(-5), Noon.AddSeconds(-5)], contents.Released.Select(r => r.ReleasedAt));
    }

    [Fact]
    public void A_released_address_that_is_used_again_does_not_cool()
    {
        _ledger.Remove(_ledger.InsertPending(Record("a", "10.0.0.1")), Noon);
        ulong again = _ledger.InsertPending(Record("b", "10.0.0.1"));

        Assert.Empty(_ledger.LoadAll().Released);
        Assert.Equal(again, _ledger.FindByAddress("default", IPAddress.Parse("10.0.0.1"))!.Id);
    }

    [Fact]
    public void An_unused_address_is_as_it_was_before()
    {
        _ledger.Remove(_ledger.InsertPending(Record("a", "10.0.0.1")), Noon);

        Assert.True(_ledger.RemoveUnused(_ledger.InsertPending(Record("b", "10.0.0.1", "10.0.0.2"))));

        ReleasedAddress cooling = Assert.Single(_ledger.LoadAll().Released);
        Assert.Equal(("10.0.0.1", Noon), (cooling.Address.ToString(), cooling.ReleasedAt));
    }

    [Fact]
    public void Cooled_addresses_can_be_forgotten()
    {
        _ledger.Remove(_ledger.InsertPending(Record("a", "10.0.0.1")), Noon);
        _ledger.Remove(_ledger.InsertPending(Record("b", "10.0.0.2")), Noon.AddSeconds(1));
        _ledger.InsertPending(Record("c", "10.0.0.3"));

        Assert.Equal(1, _ledger.PruneReleased(Noon.AddSeconds(1)));

        Assert.Equal("10.0.0.2", Assert.Single(_ledger.LoadAll().Released).Address.ToString());
    }

    [Fact]
    public void The_holder_of_an_address_is_found()
    {
        ulong id = _ledger.InsertPending(Record("a", "fd00::1"));

        Assert.Equal(id, _ledger.FindByAddress("default", IPAddress.Parse("fd00::1"))!.Id);
        Assert.Null(_ledger.FindByAddress("other", IPAddress.Parse("fd00::1")));
        Assert.Null(_ledger.FindByAddress("default", IPAddress.Parse("fd00::2")));
    }

    [Fact]
    public void Nothing_happens_to_an_attachment_that_is_not_there()
    {
        Assert.False(_ledger.MarkCommitted(7));
        Assert.False(_ledger.Remove(7, Noon));
        Assert.False(_ledger.RemoveUnused(7));
    }

    [Fact]
    public void A_newer_schema_is_refused()
    {
        _ledger.Dispose();
        using (var connection = new SqliteConnection($"Data Source={_directory.File(AttachmentLedger.FileName)};Pooling=False"))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version=9";
            command.ExecuteNonQuery();
        }

        var refusal = Assert.Throws<StoreException>(() => AttachmentLedger.Open(_directory));

        Assert.Contains("schema 9", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_weftd_is_refused()
    {
        var refusal = Assert.Throws<StoreException>(() => AttachmentLedger.Open(_directory));

        Assert.Contains(_directory, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Twenty_threads_can_add_at_once()
    {
        ulong[] ids = new ulong[200];
        Parallel.For(0, ids.Length, new ParallelOptions { MaxDegreeOfParallelism = 20 },
            i => ids[i] = _ledger.InsertPending(Record($"c{i}", $"10.0.0.{i}")));

        Assert.Equal(200, ids.Distinct().Count());
        Assert.Equal(ids.Order(), _ledger.LoadAll().Attachments.Select(a => a.Id));
    }

    private void Reopen()
    {
        _ledger.Dispose();
        _ledger = AttachmentLedger.Open(_directory);
    }
}
