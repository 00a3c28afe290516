using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route;
using Weft.TestSupport;

namespace Weft.Dataplane.Tests.Netlink;

public sealed class NetlinkErrorTests
{
    [KernelFact]
    public void An_error_has_the_kernels_sentence_and_the_place_in_the_message()
    {
        using var space = new TestNamespace();
        using RouteSocket socket = space.OpenRoute();
        RouteBatch batch = new RouteBatch().CreateVeth(new VethSpec { Name = "a-name-of-more-than-15", PeerName = "p" });
        NetlinkException error = Assert.Throws<NetlinkException>(() => socket.Execute(batch));
        Assert.Equal(Errno.ERANGE, error.Errno);
        Assert.Equal("Attribute failed policy validation", error.KernelMessage);
        Assert.Equal(32, error.Offset);      // IFLA_IFNAME is the first attribute: behind 16 bytes of nlmsghdr and 16 of ifinfomsg
        Assert.Equal("ip link add a-name-of-more-than-15 type veth peer name p", error.Operation);
        Assert.Contains("ERANGE (Attribute failed policy validation) at byte 32", error.Message, StringComparison.Ordinal);
    }

    [KernelFact]
    public void A_refused_operation_in_the_middle_is_named_and_the_others_are_done()
    {
        using var space = new TestNamespace();
        using RouteSocket socket = space.OpenRoute();
        RouteBatch batch = new RouteBatch()
            .CreateBridge(new BridgeSpec { Name = "first" })
            .DeleteLink("nobody")
            .CreateBridge(new BridgeSpec { Name = "third" });
        NetlinkException error = Assert.Throws<NetlinkException>(() => socket.Execute(batch));
        Assert.Equal(Errno.ENODEV, error.Errno);
        Assert.Equal(1, error.MessageIndex);
        Assert.Equal("ip link delete dev nobody", error.Operation);
        Assert.Equal(["lo", "first", "third"], socket.Links().Select(link => link.Name));
    }

    [KernelFact]
    public void The_first_operation_may_fail_too_and_nothing_is_left_in_the_socket()
    {
        using var space = new TestNamespace();
        using RouteSocket socket = space.OpenRoute();
        RouteBatch batch = new RouteBatch().DeleteLink("nobody").DeleteLink("none").CreateBridge(new BridgeSpec { Name = "b" });
        Assert.Equal([0, 1], socket.TryExecute(batch).Select(failure => failure.MessageIndex));
        Assert.NotNull(socket.LinkByName("b"));
    }

    [KernelFact]
    public void Thousands_of_refusals_are_all_reported()
    {
        using var space = new TestNamespace();
        using RouteSocket socket = space.OpenRoute();
        var batch = new RouteBatch();
        const int count = 3000;
        for (int i = 0; i < count; i++)
        {
            batch.DeleteLink($"nobody{i}");
        }
        IReadOnlyList<NetlinkException> failures = socket.TryExecute(batch);
        Assert.Equal(Enumerable.Range(0, count), failures.Select(failure => failure.MessageIndex));
        Assert.All(failures, failure => Assert.Equal(Errno.ENODEV, failure.Errno));
        Assert.Equal("ip link delete dev nobody2999", failures[^1].Operation);
    }
}
