using Weft.NetDaemon.Store;
using Weft.NetDaemon.Store.Snapshot;

namespace Weft.NetDaemon.Tests.Store.Snapshot;

public sealed class SnapshotFileTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private static readonly SnapshotContents Contents = new(
        "11111111-2222-3333-4444-555555555555", DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123),
        [
            new SnapshotSection("/a/", 17, [new StoreEntry("/a/1", new byte[] { 0, 255 }, 3, 5, 2, 0), new StoreEntry("/a/\U00010000", Array.Empty<byte>(), 4, 4, 1, 9)]),
            new SnapshotSection("/b/", 18, []),
        ]);

    private string File => _directory.File(SnapshotFile.FileName);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void What_was_written_is_read()
    {
        SnapshotFile.Write(_directory, Contents);

        SnapshotContents read = SnapshotFile.TryRead(_directory, out string problem)!;

        Assert.Equal("", problem);
        Assert.Equal((Contents.ClusterUuid, Contents.SavedAt), (read.ClusterUuid, read.SavedAt));
        Assert.Equal(["/a/ 17", "/b/ 18"], read.Sections.Select(s => $"{s.Prefix} {s.Revision}"));
        Assert.Equal(Contents.Sections[0].Entries.Select(Describe), read.Sections[0].Entries.Select(Describe));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
    }

    [Fact]
    public void Without_a_file_there_is_no_problem()
    {
        Assert.Null(SnapshotFile.TryRead(_directory, out string problem));
        Assert.Equal("", problem);
    }

    [Fact]
    public void One_that_was_half_written_leaves_the_former_one()
    {
        SnapshotFile.Write(_directory, Contents);
        System.IO.File.WriteAllBytes(File + ".new", [1, 2, 3]);

        Assert.NotNull(SnapshotFile.TryRead(_directory, out _));
        SnapshotFile.Write(_directory, Contents with { ClusterUuid = "other" });
        Assert.Equal("other", SnapshotFile.TryRead(_directory, out _)!.ClusterUuid);
    }

    [Fact]
    public void No_byte_can_be_changed_or_lost_unnoticed()
    {
        SnapshotFile.Write(_directory, Contents);
        byte[] whole = System.IO.File.ReadAllBytes(File);
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= 0x20;
            System.IO.File.WriteAllBytes(File, damaged);
            Assert.Null(SnapshotFile.TryRead(_directory, out string problem));
            Assert.NotEqual("", problem);
            System.IO.File.WriteAllBytes(File, whole[..i]);
            Assert.Null(SnapshotFile.TryRead(_directory, out problem));
            Assert.NotEqual("", problem);
        }
    }

    [Fact]
    public void One_of_a_newer_version_is_refused_by_its_number()
    {
        SnapshotFile.Write(_directory, Contents);
        byte[] bytes = System.IO.File.ReadAllBytes(File);
        bytes[8] = 7;
        System.IO.File.WriteAllBytes(File, bytes);

        Assert.Null(SnapshotFile.TryRead(_directory, out string problem));
        Assert.Contains("version 7", problem, StringComparison.Ordinal);
    }

    private static string Describe(StoreEntry e) =>
        $"{e.Key} {Convert.ToHexString(e.Value.Span)} {e.CreateRevision} {e.ModRevision} {e.Version} {e.Lease}";
}
