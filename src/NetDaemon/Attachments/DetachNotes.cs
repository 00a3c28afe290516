using Google.Protobuf;
using Weft.Contracts.Cni;

namespace Weft.NetDaemon.Attachments;

/// <summary>A DEL that a plugin could not tell weftd.</summary>
/// <param name="Path">The note's file.</param>
/// <param name="Key">What to detach, or null when the file is not such a note.</param>
internal sealed record DetachNote(string Path, AttachmentKey? Key);

/// <summary>The directory in which plugins leave notes of DELs while weftd is away.</summary>
internal sealed class DetachNotes(string directory)
{
    /// <summary>Written under another name and renamed: a name that begins so is not complete.</summary>
    private const char PartialMark = '.';

    /// <summary>All complete notes.</summary>
    public IReadOnlyList<DetachNote> Read() => Directory.Exists(directory)
        ? [.. Directory.EnumerateFiles(directory).Where(p => Path.GetFileName(p)[0] != PartialMark).Select(Parse)]
        : [];

    /// <summary>The note of a DEL whose container is now added anew, or null.</summary>
    /// <param name="hostInterface">Name of the attachment's host end, which is the note's name.</param>
    public DetachNote? Find(string hostInterface)
    {
        string path = Path.Combine(directory, hostInterface);
        return File.Exists(path) ? Parse(path) : null;
    }

    public static void Remove(DetachNote note) => File.Delete(note.Path);

    private static DetachNote Parse(string path)
    {
        try
        {
            DetachRequest request = DetachRequest.Parser.ParseFrom(File.ReadAllBytes(path));
            return new DetachNote(path, request.Key is null ? null : request.Key.ToKey());
        }
        catch (InvalidProtocolBufferException)
        {
            return new DetachNote(path, null);
        }
    }
}
