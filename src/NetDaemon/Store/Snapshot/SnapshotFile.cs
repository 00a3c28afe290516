using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace Weft.NetDaemon.Store.Snapshot;

/// <summary>
/// The snapshot on disk: one file, replaced whole. Layout: "WEFTSNAP", version (4 bytes, little-endian), XXH128 of the rest (16 bytes), then the
/// contents as <see cref="BinaryWriter"/> writes them.
/// </summary>
internal static class SnapshotFile
{
    /// <summary>File name within the state directory.</summary>
    public const string FileName = "store.snapshot";

    private const int Version = 1;
    private const int HeaderLength = 8 + sizeof(int) + 16;
    private static readonly byte[] Magic = "WEFTSNAP"u8.ToArray();

    /// <summary>Replaces the file: after a crash at any point it holds the old contents or the new ones.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string directory, SnapshotContents contents)
    {
        byte[] body = Encode(contents);
        byte[] header = new byte[HeaderLength];
        Magic.CopyTo(header, 0);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), Version);
        XxHash128.Hash(body, header.AsSpan(12));
        string path = Path.Combine(directory, FileName);
        string temporary = path + ".new";
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using (var file = new FileStream(temporary, options))
        {
            file.Write(header);
            file.Write(body);
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Reads the file.</summary>
    /// <param name="directory">The state directory.</param>
    /// <param name="problem">Why a file that is there cannot be used; empty without a file.</param>
    /// <returns>The contents, or null when there is no file that can be used.</returns>
    public static SnapshotContents? TryRead(string directory, out string problem)
    {
        problem = "";
        string path = Path.Combine(directory, FileName);
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }
            byte[] bytes = File.ReadAllBytes(path);
            problem = Check(bytes);
            return problem.Length == 0 ? Decode(bytes[HeaderLength..]) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or FormatException or OverflowException)
        {
            problem = e.Message;
            return null;
        }
    }

    private static string Check(byte[] bytes)
    {
        if (bytes.Length < HeaderLength || !bytes.AsSpan(0, 8).SequenceEqual(Magic))
        {
            return "it is not a snapshot";
        }
        int version = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8));
        if (version != Version)
        {
            return $"it has version {version}, and this weftd knows version {Version} only";
        }
        return XxHash128.Hash(bytes.AsSpan(HeaderLength)).AsSpan().SequenceEqual(bytes.AsSpan(12, 16)) ? "" : "it is damaged: its checksum is wrong";
    }

    private static byte[] Encode(SnapshotContents contents)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(contents.ClusterUuid);
            writer.Write(contents.SavedAt.ToUnixTimeMilliseconds());
            writer.Write(contents.Sections.Count);
            foreach (SnapshotSection section in contents.Sections)
            {
                writer.Write(section.Prefix);
                writer.Write(section.Revision);
                writer.Write(section.Entries.Count);
                foreach (StoreEntry entry in section.Entries)
                {
                    writer.Write(entry.Key);
                    writer.Write(entry.CreateRevision);
                    writer.Write(entry.ModRevision);
                    writer.Write(entry.Version);
                    writer.Write(entry.Lease);
                    writer.Write(entry.Value.Length);
                    writer.Write(entry.Value.Span);
                }
            }
        }
        return stream.ToArray();
    }

    private static SnapshotContents Decode(byte[] body)
    {
        using var reader = new BinaryReader(new MemoryStream(body), Encoding.UTF8);
        string uuid = reader.ReadString();
        var savedAt = DateTimeOffset.FromUnixTimeMilliseconds(reader.ReadInt64());
        List<SnapshotSection> sections = [];
        for (int sectionsLeft = reader.ReadInt32(); sectionsLeft > 0; sectionsLeft--)
        {
            string prefix = reader.ReadString();
            long revision = reader.ReadInt64();
            List<StoreEntry> entries = [];
            for (int entriesLeft = reader.ReadInt32(); entriesLeft > 0; entriesLeft--)
            {
                entries.Add(ReadEntry(reader));
            }
            sections.Add(new SnapshotSection(prefix, revision, entries));
        }
        return new SnapshotContents(uuid, savedAt, sections);
    }

    private static StoreEntry ReadEntry(BinaryReader reader)
    {
        string key = reader.ReadString();
        (long created, long modified, long version, long lease) = (reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64());
        return new StoreEntry(key, reader.ReadBytes(reader.ReadInt32()), created, modified, version, lease);
    }
}
