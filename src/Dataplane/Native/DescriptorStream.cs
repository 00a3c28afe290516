using Tmds.Linux;

namespace Weft.Dataplane.Native;

/// <summary>
/// A stream straight over a file descriptor: no thread, no buffer, no look at what kind of file it is. For a program that lives for
/// milliseconds, where .NET's own sockets and console each start a thread. Blocking; not thread-safe.
/// </summary>
public sealed class DescriptorStream : Stream
{
    private readonly FileDescriptor _descriptor;

    private DescriptorStream(FileDescriptor descriptor) => _descriptor = descriptor;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Standard input (0), output (1) or error (2); it stays open when the stream is disposed.</summary>
    public static DescriptorStream Standard(int descriptor) => new(new FileDescriptor(descriptor, ownsHandle: false));

    /// <summary>A connection to a listening Unix stream socket.</summary>
    /// <param name="path">The socket's path.</param>
    /// <param name="timeout">How long connecting, and each read and write, may take before it fails with EAGAIN.</param>
    /// <exception cref="KernelException">Nobody listens (ECONNREFUSED), there is no such file (ENOENT), or it must not be opened
    /// (EACCES).</exception>
    public static DescriptorStream ConnectUnix(string path, TimeSpan timeout)
    {
        FileDescriptor socket = Syscalls.Socket(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0);
        try
        {
            // SO_SNDTIMEO also bounds connect(2) while the listener's backlog is full (unix(7)).
            Syscalls.SetTimeouts(socket, timeout);
            Syscalls.ConnectUnix(socket, path);
            return new DescriptorStream(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The kernel refused; the inner exception is a <see cref="KernelException"/>.</exception>
    public override int Read(Span<byte> buffer)
    {
        try
        {
            return Syscalls.ReadSome(_descriptor, buffer);
        }
        catch (KernelException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    /// <exception cref="IOException">The kernel refused; the inner exception is a <see cref="KernelException"/>.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            while (!buffer.IsEmpty)
            {
                buffer = buffer[Syscalls.WriteSome(_descriptor, buffer)..];
            }
        }
        catch (KernelException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>Nothing is buffered.</summary>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _descriptor.Dispose();
        }
        base.Dispose(disposing);
    }
}
