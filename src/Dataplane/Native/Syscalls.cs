using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Weft.Dataplane.Native;

/// <summary>
/// System calls as safe methods: EINTR is retried, a negative return becomes a <see cref="KernelException"/>, and descriptors
/// come out as <see cref="FileDescriptor"/>. Nothing outside this folder sees a pointer. The library wants plain descriptor numbers, so
/// each method keeps the descriptor's owner alive until its call is over; or the collector could close it meanwhile.
/// </summary>
internal static unsafe partial class Syscalls
{
    /// <summary>socket(2).</summary>
    public static FileDescriptor Socket(int family, int type, int protocol)
    {
        int fd = LibC.socket(family, type, protocol);
        return fd >= 0 ? new FileDescriptor(fd) : throw Failed("socket");
    }

    /// <summary>open(2), always with O_CLOEXEC.</summary>
    public static FileDescriptor Open(string path, int flags)
    {
        byte[] name = NullTerminated(path);
        int fd;
        fixed (byte* pointer = name)
        {
            do
            {
                fd = LibC.open(pointer, flags | LibC.O_CLOEXEC, default(mode_t));
            }
            while (fd < 0 && LibC.errno == LibC.EINTR);
        }
        return fd >= 0 ? new FileDescriptor(fd) : throw Failed($"open {path}");
    }

    /// <summary>Binds a netlink socket to a port chosen by the kernel and returns that port.</summary>
    public static uint BindNetlink(FileDescriptor socket)
    {
        var address = new NetlinkAddress { Family = (ushort)LibC.AF_NETLINK };
        if (LibC.bind(socket.Number, (sockaddr*)&address, (uint)sizeof(NetlinkAddress)) < 0)
        {
            throw Failed("bind netlink socket");
        }
        socklen_t length = (uint)sizeof(NetlinkAddress);
        if (LibC.getsockname(socket.Number, (sockaddr*)&address, &length) < 0)
        {
            throw Failed("getsockname");
        }
        GC.KeepAlive(socket);
        return address.PortId;
    }

    /// <summary>setsockopt(2) with an int value.</summary>
    public static void SetSocketOption(FileDescriptor socket, int level, int option, int value)
    {
        if (!TrySetSocketOption(socket, level, option, value))
        {
            throw Failed($"setsockopt {level}/{option}={value}");
        }
    }

    /// <summary>setsockopt(2) with an int value; false when the kernel refuses (an option it does not know, say).</summary>
    public static bool TrySetSocketOption(FileDescriptor socket, int level, int option, int value)
    {
        bool done = LibC.setsockopt(socket.Number, level, option, &value, sizeof(int)) == 0;
        GC.KeepAlive(socket);
        return done;
    }

    /// <summary>Sends one datagram to the kernel.</summary>
    public static void Send(FileDescriptor socket, ReadOnlySpan<byte> message)
    {
        nint sent;
        fixed (byte* pointer = message)
        {
            do
            {
                sent = (nint)LibC.send(socket.Number, pointer, (uint)message.Length, 0);
            }
            while (sent < 0 && LibC.errno == LibC.EINTR);
        }
        GC.KeepAlive(socket);
        if (sent < 0)
        {
            throw Failed($"send {message.Length} bytes of netlink");
        }
    }

    /// <summary>Receives one datagram from a netlink socket.</summary>
    /// <param name="socket">A bound netlink socket.</param>
    /// <param name="buffer">Where the datagram goes; what does not fit is lost, and the return value says so by being larger.</param>
    /// <param name="wait">Whether to wait for one.</param>
    /// <param name="sender">Netlink port of the sender: 0 is the kernel.</param>
    /// <returns>The datagram's whole length in bytes; -1 when there is none and it should not wait.</returns>
    public static int Receive(FileDescriptor socket, Span<byte> buffer, bool wait, out uint sender)
    {
        NetlinkAddress address;
        nint got;
        // MSG_TRUNC: return the real length, so that a buffer too small is noticed.
        int flags = LibC.MSG_TRUNC | (wait ? 0 : LibC.MSG_DONTWAIT);
        fixed (byte* pointer = buffer)
        {
            do
            {
                socklen_t length = (uint)sizeof(NetlinkAddress);
                got = (nint)LibC.recvfrom(socket.Number, pointer, (uint)buffer.Length, flags, (sockaddr*)&address, &length);
            }
            while (got < 0 && LibC.errno == LibC.EINTR);
        }
        int error = got < 0 ? LibC.errno : 0;
        GC.KeepAlive(socket);
        sender = got < 0 ? 0 : address.PortId;
        return got >= 0 ? (int)got
            : error == LibC.EAGAIN && !wait ? -1
            : throw new KernelException { Operation = "receive netlink", Errno = (Errno)error };
    }

    /// <summary>Waits until one of two descriptors is readable. A closed or failed one counts as readable.</summary>
    /// <returns>Whether the first is, and whether the second is.</returns>
    public static (bool First, bool Second) WaitReadable(FileDescriptor first, FileDescriptor second)
    {
        pollfd* fds = stackalloc pollfd[2];
        fds[0] = new pollfd { fd = first.Number, events = LibC.POLLIN };
        fds[1] = new pollfd { fd = second.Number, events = LibC.POLLIN };
        int ready;
        do
        {
            ready = LibC.poll(fds, 2, -1);
        }
        while (ready < 0 && LibC.errno == LibC.EINTR);
        GC.KeepAlive(first);
        GC.KeepAlive(second);
        return ready >= 0 ? (fds[0].revents != 0, fds[1].revents != 0) : throw Failed("poll");
    }

    /// <summary>Whether something can be received without waiting.</summary>
    public static bool IsReadable(FileDescriptor file)
    {
        var entry = new pollfd { fd = file.Number, events = LibC.POLLIN };
        return LibC.poll(&entry, 1, 0) > 0;
    }

    /// <summary>eventfd(2), counting from 0.</summary>
    public static FileDescriptor EventDescriptor()
    {
        int fd = LibC.eventfd(0, LibC.EFD_CLOEXEC | LibC.EFD_NONBLOCK);
        return fd >= 0 ? new FileDescriptor(fd) : throw Failed("eventfd");
    }

    /// <summary>Makes an eventfd readable.</summary>
    public static void Signal(FileDescriptor eventDescriptor)
    {
        ulong one = 1;
        // It fails only when the counter is full, and then the descriptor is readable already.
        _ = LibC.write(eventDescriptor.Number, &one, sizeof(ulong));
        GC.KeepAlive(eventDescriptor);
    }

    /// <summary>setns(2) of the calling thread into a network namespace.</summary>
    public static void EnterNetworkNamespace(FileDescriptor space)
    {
        if (LibC.setns(space.Number, LibC.CLONE_NEWNET) < 0)
        {
            throw Failed("setns to network namespace");
        }
        GC.KeepAlive(space);
    }

    /// <summary>unshare(2): gives the calling thread a network namespace of its own.</summary>
    public static void UnshareNetworkNamespace()
    {
        if (LibC.unshare(LibC.CLONE_NEWNET) < 0)
        {
            throw Failed("unshare network namespace");
        }
    }

    /// <summary>fstat(2): what identifies a namespace or file on this machine.</summary>
    public static (ulong Device, ulong Inode) Identity(FileDescriptor file)
    {
        stat status;
        if (LibC.fstat(file.Number, &status) != 0)
        {
            throw Failed("fstat");
        }
        GC.KeepAlive(file);
        return ((ulong)status.st_dev, (ulong)status.st_ino);
    }

    /// <summary>fstat(2): whether it is a regular file (S_ISREG, inode(7)).</summary>
    public static bool IsRegular(FileDescriptor file)
    {
        stat status;
        if (LibC.fstat(file.Number, &status) != 0)
        {
            throw Failed("fstat");
        }
        GC.KeepAlive(file);
        return ((uint)status.st_mode & 0xf000) == 0x8000;
    }

    /// <summary>statfs(2): the file system type that a descriptor lies on (linux/magic.h), such as 0x6e736673 for a namespace.</summary>
    public static long FileSystemType(FileDescriptor file)
    {
        // struct statfs is 120 bytes on 64-bit Linux and begins with f_type (long); room to spare.
        long* buffer = stackalloc long[32];
        if (FileStatus(file.Number, buffer) != 0)
        {
            throw Failed("fstatfs");
        }
        GC.KeepAlive(file);
        return buffer[0];
    }

    /// <summary>ioctl(NS_GET_NSTYPE) of a namespace file (linux/nsfs.h, Linux 4.11): its CLONE_NEW* flag, or -1.</summary>
    public static int NamespaceType(FileDescriptor file)
    {
        int type = Control(file.Number, 0xb703);
        GC.KeepAlive(file);
        return type;
    }

    /// <summary>read(2) until the end of the file or the end of <paramref name="buffer"/>.</summary>
    /// <returns>Bytes read.</returns>
    public static int Read(FileDescriptor file, Span<byte> buffer)
    {
        int total = 0;
        while (total < buffer.Length)
        {
            nint got;
            fixed (byte* pointer = buffer[total..])
            {
                got = (nint)LibC.read(file.Number, pointer, (uint)(buffer.Length - total));
            }
            if (got > 0)
            {
                total += (int)got;
            }
            else if (got == 0)
            {
                break;
            }
            else if (LibC.errno != LibC.EINTR)
            {
                throw Failed("read");
            }
        }
        GC.KeepAlive(file);
        return total;
    }

    /// <summary>write(2), once: a /proc file takes its value whole.</summary>
    public static void Write(FileDescriptor file, ReadOnlySpan<byte> value)
    {
        nint written;
        fixed (byte* pointer = value)
        {
            do
            {
                written = (nint)LibC.write(file.Number, pointer, (uint)value.Length);
            }
            while (written < 0 && LibC.errno == LibC.EINTR);
        }
        GC.KeepAlive(file);
        if (written != value.Length)
        {
            throw written < 0 ? Failed("write") : new KernelException { Operation = $"write {value.Length} bytes", Errno = Errno.EIO };
        }
    }

    /// <summary>One read(2): what is there, or 0 at the end.</summary>
    public static int ReadSome(FileDescriptor file, Span<byte> buffer)
    {
        nint got;
        fixed (byte* pointer = buffer)
        {
            do
            {
                got = (nint)LibC.read(file.Number, pointer, (uint)buffer.Length);
            }
            while (got < 0 && LibC.errno == LibC.EINTR);
        }
        GC.KeepAlive(file);
        return got >= 0 ? (int)got : throw Failed("read");
    }

    /// <summary>One write(2), of at least a byte; returns how many were taken.</summary>
    public static int WriteSome(FileDescriptor file, ReadOnlySpan<byte> value)
    {
        nint written;
        fixed (byte* pointer = value)
        {
            do
            {
                written = (nint)LibC.write(file.Number, pointer, (uint)value.Length);
            }
            while (written < 0 && LibC.errno == LibC.EINTR);
        }
        GC.KeepAlive(file);
        return written >= 0 ? (int)written : throw Failed("write");
    }

    /// <summary>connect(2) to a Unix socket's path (unix(7)).</summary>
    /// <exception cref="KernelException">Nobody listens (ECONNREFUSED), there is no such file (ENOENT), or the path is too long
    /// (ENAMETOOLONG).</exception>
    public static void ConnectUnix(FileDescriptor socket, string path)
    {
        const int pathRoom = 108;       // sun_path, final zero included
        byte[] name = NullTerminated(path);
        int length = Array.IndexOf(name, (byte)0) + 1;
        if (length > pathRoom)
        {
            throw new KernelException { Operation = $"connect to {path}", Errno = Errno.ENAMETOOLONG };
        }
        byte* address = stackalloc byte[sizeof(ushort) + pathRoom];
        *(ushort*)address = (ushort)LibC.AF_UNIX;
        name.AsSpan(0, length).CopyTo(new Span<byte>(address + sizeof(ushort), pathRoom));
        int result;
        do
        {
            result = LibC.connect(socket.Number, (sockaddr*)address, (uint)(sizeof(ushort) + length));
        }
        while (result < 0 && LibC.errno == LibC.EINTR);
        GC.KeepAlive(socket);
        if (result < 0)
        {
            throw Failed($"connect to {path}");
        }
    }

    /// <summary>SO_SNDTIMEO and SO_RCVTIMEO: how long a call may block before it fails with EAGAIN.</summary>
    public static void SetTimeouts(FileDescriptor socket, TimeSpan timeout)
    {
        long* value = stackalloc long[2];       // struct timeval
        value[0] = (long)timeout.TotalSeconds;
        value[1] = timeout.Microseconds + (timeout.Milliseconds * 1000L);
        foreach (int option in (ReadOnlySpan<int>)[20, 21])     // SO_RCVTIMEO, SO_SNDTIMEO (asm-generic/socket.h)
        {
            if (LibC.setsockopt(socket.Number, LibC.SOL_SOCKET, option, value, 2 * sizeof(long)) < 0)
            {
                throw Failed("set socket time-out");
            }
        }
    }

    /// <summary>SO_ATTACH_FILTER (socket(7)): only what a classic BPF program keeps is received.</summary>
    /// <param name="socket">An open socket of .NET's.</param>
    /// <param name="program">struct sock_filter, 8 bytes each (linux/filter.h).</param>
    public static void AttachFilter(SafeHandle socket, ReadOnlySpan<ulong> program)
    {
        bool added = false;
        try
        {
            socket.DangerousAddRef(ref added);
            fixed (ulong* instructions = program)
            {
                // struct sock_fprog: a length of 16 bits, and behind the padding a pointer
                nint* value = stackalloc nint[2];
                value[0] = program.Length;
                value[1] = (nint)instructions;
                if (LibC.setsockopt((int)socket.DangerousGetHandle(), LibC.SOL_SOCKET, 26, value, 2 * (uint)sizeof(nint)) < 0)
                {
                    throw Failed("attach a filter to a socket");
                }
            }
        }
        finally
        {
            if (added)
            {
                socket.DangerousRelease();
            }
        }
    }

    /// <summary>The error that the last failed call of this thread left, as an exception.</summary>
    public static KernelException Failed(string operation) => new() { Operation = operation, Errno = (Errno)LibC.errno };

    private static byte[] NullTerminated(string text)
    {
        byte[] bytes = new byte[System.Text.Encoding.UTF8.GetMaxByteCount(text.Length) + 1];
        System.Text.Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }

    [LibraryImport("libc", EntryPoint = "fstatfs", SetLastError = true)]
    private static partial int FileStatus(int fd, long* buffer);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(int fd, nuint request);
}
