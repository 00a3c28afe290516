using Weft.Dataplane.Route;
using Weft.Dataplane.Sysctls;
using Weft.TestSupport;

namespace Weft.Dataplane.Tests.Namespaces;

public sealed class SysctlTests
{
    [KernelFact]
    public void A_parameter_is_changed_inside_and_not_outside()
    {
        using var space = new TestNamespace();
        string[] name = ["net", "ipv4", "ip_default_ttl"];
        string outside = Sysctl.Read(name);
        Sysctl.Write(name, "77", space.Namespace);
        Assert.Equal("77", Sysctl.Read(name, space.Namespace));
        Assert.Equal(outside, Sysctl.Read(name));
        Assert.Equal("77\n", space.Sh("cat /proc/sys/net/ipv4/ip_default_ttl"));
    }

    [KernelFact]
    public void An_interface_name_may_have_dots()
    {
        using var space = new TestNamespace();
        using RouteSocket socket = space.OpenRoute();
        socket.Execute(new RouteBatch().CreateBridge(new BridgeSpec { Name = "a.b.c" }));
        Sysctl.Write(["net", "ipv4", "conf", "a.b.c", "forwarding"], "1", space.Namespace);
        Assert.Equal("1", Sysctl.Read(["net", "ipv4", "conf", "a.b.c", "forwarding"], space.Namespace));
    }

    [KernelFact]
    public void What_does_not_exist_or_is_no_value_is_said()
    {
        using var space = new TestNamespace();
        KernelException missing = Assert.Throws<KernelException>(() => Sysctl.Read(["net", "ipv4", "conf", "gone", "forwarding"], space.Namespace));
        Assert.Equal((Errno.ENOENT, "open /proc/sys/net/ipv4/conf/gone/forwarding"), (missing.Errno, missing.Operation));
        Assert.Null(Sysctl.TryRead(["net", "ipv4", "conf", "gone", "forwarding"], space.Namespace));
        KernelException invalid = Assert.Throws<KernelException>(() => Sysctl.Write(["net", "ipv4", "ip_default_ttl"], "nonsense", space.Namespace));
        Assert.Equal((Errno.EINVAL, "write 'nonsense' to /proc/sys/net/ipv4/ip_default_ttl"), (invalid.Errno, invalid.Operation));
    }

    [Theory]
    [InlineData("..")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a/b")]
    public void A_segment_cannot_leave_the_folder(string segment) =>
        Assert.Throws<ArgumentException>(() => Sysctl.Read(["net", segment, "x"]));
}
