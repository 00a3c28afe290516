using Google.Protobuf;
using Weft.Contracts;
using Weft.Contracts.Cni;

namespace Weft.CniPlugin.Daemon;

/// <summary>Tells weftd of a DEL that it was not there to hear: see <see cref="WeftPaths.DetachNotesName"/>.</summary>
internal static class DetachNote
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>
    /// Leaves the note beside weftd's socket. A note is there whole or not at all: what weftd may meet half-written has a name
    /// that begins with a dot.
    /// </summary>
    /// <returns>The note's path.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be written.</exception>
    public static string Write(string socketPath, DetachRequest request)
    {
        AttachmentKey key = request.Key;
        string directory = Path.Join(Path.GetDirectoryName(socketPath), WeftPaths.DetachNotesName);
        string name = WeftPaths.HostInterface(key.Network, key.ContainerId, key.InterfaceName);
        string temporary = Path.Join(directory, $".{name}.{Environment.ProcessId}");
        string note = Path.Join(directory, name);
        _ = Directory.CreateDirectory(directory, OwnerOnly);
        try
        {
            using (var file = new FileStream(temporary, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                file.Write(request.ToByteArray());
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, note, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
        return note;
    }
}
