using System.Text;
using Tmds.Linux;

namespace Weft.Dataplane.Native;

/// <summary>Reads files whose paths come from outside, where anything may be: a pipe would block the reader, a device never end.</summary>
public static class RegularFile
{
    /// <summary>The text of a regular file, UTF-8.</summary>
    /// <param name="path">Its path; symbolic links are followed.</param>
    /// <param name="maximum">Most bytes that it may have.</param>
    /// <exception cref="KernelException">It cannot be opened or read.</exception>
    /// <exception cref="InvalidDataException">It is no regular file, or longer. The message is a clause such as "is not a regular file".</exception>
    public static string ReadText(string path, int maximum)
    {
        // O_NONBLOCK: opening a named pipe would wait for its other end. It means nothing for regular files.
        using FileDescriptor file = Syscalls.Open(path, LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_NOCTTY);
        if (!Syscalls.IsRegular(file))
        {
            throw new InvalidDataException("is not a regular file");
        }
        // Not by its size: files of /proc have none, and others may grow.
        byte[] content = new byte[maximum + 1];
        int length = Syscalls.Read(file, content);
        return length <= maximum
            ? Encoding.UTF8.GetString(content, 0, length)
            : throw new InvalidDataException($"is longer than {maximum} bytes");
    }
}
