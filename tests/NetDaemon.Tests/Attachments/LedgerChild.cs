using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Tests.Attachments;

/// <summary>The parts of the ledger's tests that run in a process of their own.</summary>
internal static class LedgerChild
{
    /// <summary>Adds, commits and removes attachments for ever, and says on stdout what is done: "+ID", "cID", "-ID".</summary>
    public static void WriteUntilKilled(string directory)
    {
        using AttachmentLedger ledger = AttachmentLedger.Open(directory);
        using Stream stdout = Console.OpenStandardOutput();
        using var writer = new StreamWriter(stdout) { AutoFlush = true };
        for (int i = 0; ; i++)
        {
            ulong id = ledger.InsertPending(Record(i));
            writer.Write($"+{id}\n");
            ledger.MarkCommitted(id);
            writer.Write($"c{id}\n");
            if (i % 3 == 0)
            {
                ledger.Remove(id, DateTimeOffset.UnixEpoch);
                writer.Write($"-{id}\n");
            }
        }
    }

    /// <summary>Fills the small file system that the directory is on to the last byte, and checks what the ledger does then.</summary>
    public static void FillDisk(string directory)
    {
        List<ulong> ids = [];
        int next = 0;
        using (AttachmentLedger ledger = AttachmentLedger.Open(directory))
        {
            Insert(ledger, 400);
            string filler = Path.Combine(directory, "filler");
            Fill(filler);

            // What a DEL needs has been written before, so it needs no new space.
            for (int i = 0; i < 20; i++)
            {
                Assert.True(ledger.MarkCommitted(ids[0]));
                Assert.True(ledger.Remove(ids[0], DateTimeOffset.UnixEpoch));
                ids.RemoveAt(0);
            }
            StoreException full = Assert.Throws<StoreException>(() => Insert(ledger, 100_000));
            Assert.Contains("no space is left", full.Message, StringComparison.Ordinal);
            Assert.Contains(directory, full.NextStep, StringComparison.Ordinal);
            Assert.Throws<StoreException>(() => Insert(ledger, 1));
            AssertHolds(ledger, ids);

            File.Delete(filler);
            Insert(ledger, 10);
            AssertHolds(ledger, ids);
        }
        using AttachmentLedger again = AttachmentLedger.Open(directory);
        AssertHolds(again, ids);
        Console.WriteLine($"held {ids.Count}");

        void Insert(AttachmentLedger ledger, int count)
        {
            for (int i = 0; i < count; i++)
            {
                ids.Add(ledger.InsertPending(Record(next++)));
            }
        }
    }

    private static AttachmentRecord Record(int i) => LedgerRecords.Record($"c{i}", $"10.{i / 62500}.{i / 250 % 250}.{i % 250}");

    private static void AssertHolds(AttachmentLedger ledger, List<ulong> ids) =>
        Assert.Equal(ids, ledger.LoadAll().Attachments.Select(a => a.Id));

    private static void Fill(string path)
    {
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        byte[] block = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(block);
            }
        }
        catch (IOException e) when (e.Message.Contains("space", StringComparison.OrdinalIgnoreCase))
        {
            // Full to the last block: what was wanted.
        }
    }
}
