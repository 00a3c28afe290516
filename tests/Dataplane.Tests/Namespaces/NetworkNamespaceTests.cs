using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Route;
using Weft.TestSupport;

namespace Weft.Dataplane.Tests.Namespaces;

public sealed class NetworkNamespaceTests
{
    [KernelFact]
    public void Code_runs_inside_and_the_caller_stays_outside()
    {
        using NetworkNamespace before = NetworkNamespace.Current();
        using var space = new TestNamespace();
        NamespaceIdentity inside = space.Open(() =>
        {
            using NetworkNamespace here = NetworkNamespace.Current();
            return here.Identity;
        });
        Assert.Equal(space.Namespace.Identity, inside);
        using NetworkNamespace after = NetworkNamespace.Current();
        Assert.True(before.IsSameAs(after));
        Assert.False(before.IsSameAs(space.Namespace));
    }

    [KernelFact]
    public void What_is_thrown_inside_arrives_outside()
    {
        using var space = new TestNamespace();
        Assert.Equal("inside", Assert.Throws<InvalidOperationException>(() => space.Run(() => throw new InvalidOperationException("inside"))).Message);
    }

    [KernelFact]
    public void Another_process_opens_it_by_its_path()
    {
        using var space = new TestNamespace();
        Assert.Equal("lo", Assert.Single(space.Json("ip", "link")).GetProperty("ifname").GetString());
        Assert.Equal($"net:[{space.Namespace.Inode}]\n", space.Sh("readlink /proc/self/ns/net"));
    }

    [KernelFact]
    public void A_path_names_it_only_while_it_does()
    {
        using var one = new TestNamespace();
        using var other = new TestNamespace();
        string link = Path.Combine(Path.GetTempPath(), $"weft-{Guid.NewGuid():N}");
        try
        {
            File.CreateSymbolicLink(link, one.Path);
            Assert.True(one.Namespace.IsNamedBy(link));
            File.Delete(link);
            Assert.False(one.Namespace.IsNamedBy(link));
            File.CreateSymbolicLink(link, other.Path);
            Assert.False(one.Namespace.IsNamedBy(link));
            File.Delete(link);
            File.WriteAllText(link, "");      // what is left of /run/netns/NAME once it is unmounted
            Assert.False(one.Namespace.IsNamedBy(link));
        }
        finally
        {
            File.Delete(link);
        }
    }

    [KernelTheory]
    [InlineData("/nowhere/at/all", Errno.ENOENT)]
    [InlineData("/etc/hostname", Errno.EINVAL)]
    [InlineData("/proc/self/ns/mnt", Errno.EINVAL)]
    public void A_path_to_something_else_is_refused(string path, Errno expected)
    {
        Assert.Equal(expected, Assert.Throws<KernelException>(() => NetworkNamespace.FromPath(path)).Errno);
        Assert.Null(NetworkNamespace.TryFromPath(path));
    }

    [KernelFact]
    public void A_named_pipe_is_refused_without_waiting_for_its_other_end()
    {
        string pipe = Path.Combine(Path.GetTempPath(), $"weft-{Guid.NewGuid():N}");
        Programs.Run("mkfifo", [pipe]).Ok();
        try
        {
            Assert.Equal(Errno.EINVAL, Assert.Throws<KernelException>(() => NetworkNamespace.FromPath(pipe)).Errno);
        }
        finally
        {
            File.Delete(pipe);
        }
    }

    [KernelFact]
    public void A_socket_stays_in_the_namespace_when_nothing_else_holds_it()
    {
        RouteSocket socket;
        using (var space = new TestNamespace())
        {
            socket = space.OpenRoute();
        }
        using (socket)
        {
            Assert.Equal("lo", Assert.Single(socket.Links()).Name);
        }
    }
}
