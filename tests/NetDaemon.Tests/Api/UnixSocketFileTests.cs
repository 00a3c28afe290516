using System.Net.Sockets;
using Weft.NetDaemon.Api;

namespace Weft.NetDaemon.Tests.Api;

public sealed class UnixSocketFileTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string Path => _directory.File("s.sock");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Nothing_there_is_fine()
    {
        UnixSocketFile.PrepareForBind(Path);
        Assert.False(File.Exists(Path));
    }

    [Fact]
    public void A_socket_that_a_dead_process_left_is_removed()
    {
        // Bound and not listening: a process that another test is starting holds a copy of the socket until its exec, and would go on listening.
        File.Move(Bind(Path, out Socket left), Path + ".left");
        left.Dispose();                 // would delete the file that it bound
        File.Move(Path + ".left", Path);

        UnixSocketFile.PrepareForBind(Path);

        Assert.False(File.Exists(Path));
        Listen(Path, out Socket next);
        next.Dispose();
    }

    [Fact]
    public void A_socket_on_which_somebody_listens_is_refused_and_left()
    {
        Listen(Path, out Socket listener);
        using (listener)
        {
            var refusal = Assert.Throws<IOException>(() => UnixSocketFile.PrepareForBind(Path));

            Assert.Contains(Path, refusal.Message, StringComparison.Ordinal);
            Assert.Contains("another process listens", refusal.Message, StringComparison.Ordinal);
            Assert.True(File.Exists(Path));
        }
    }

    [Fact]
    public void A_socket_of_another_kind_is_refused_and_left()
    {
        using var datagrams = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        datagrams.Bind(new UnixDomainSocketEndPoint(Path));

        Assert.Contains(Path, Assert.Throws<IOException>(() => UnixSocketFile.PrepareForBind(Path)).Message, StringComparison.Ordinal);

        Assert.True(File.Exists(Path));
    }

    [Fact]
    public void A_file_is_refused_and_left()
    {
        File.WriteAllText(Path, "precious");

        var refusal = Assert.Throws<IOException>(() => UnixSocketFile.PrepareForBind(Path));

        Assert.Contains("not a socket", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(Path));
    }

    [Fact]
    public void A_directory_is_refused_and_left()
    {
        Directory.CreateDirectory(Path);

        Assert.Contains("not a socket", Assert.Throws<IOException>(() => UnixSocketFile.PrepareForBind(Path)).Message, StringComparison.Ordinal);

        Assert.True(Directory.Exists(Path));
    }

    [Theory]
    [InlineData(107, true)]
    [InlineData(108, false)]
    public void A_path_has_at_most_107_bytes(int length, bool fits)
    {
        string path = _directory.File(new string('x', length - _directory.Path.Length - 1));
        Assert.Equal(length, path.Length);
        if (fits)
        {
            UnixSocketFile.PrepareForBind(path);
            Listen(path, out Socket listener);
            listener.Dispose();
        }
        else
        {
            Assert.Contains("--run-dir", Assert.Throws<IOException>(() => UnixSocketFile.PrepareForBind(path)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Only_the_owner_may_connect()
    {
        Listen(Path, out Socket listener);
        using (listener)
        {
            UnixSocketFile.RestrictToOwner(Path);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
        }
    }

    private static string Listen(string path, out Socket listener)
    {
        Bind(path, out listener);
        listener.Listen();
        return path;
    }

    private static string Bind(string path, out Socket socket)
    {
        socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        return path;
    }
}
