using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route;
using Weft.Dataplane.TrafficControl;
using Weft.TestSupport;

namespace Weft.Dataplane.Tests.TrafficControl;

/// <summary>Disciplines, classes and filters in a namespace of the test's own; tc(8) reads them too.</summary>
public sealed class TrafficControlTests : IDisposable
{
    private static readonly IPAddress Source4 = IPAddress.Parse("10.83.0.2");
    private static readonly IPAddress Source6 = IPAddress.Parse("fd00:57::1:2");

    private readonly TestNamespace _namespace = new();
    private readonly RouteSocket _socket;
    private readonly int _ifb;
    private readonly int _veth;

    public TrafficControlTests()
    {
        _socket = _namespace.OpenRoute();
        var links = new List<LinkInfo>();
        _socket.Execute(
            new RouteBatch()
                .CreateIfb(new IfbSpec { Name = "shape", Alias = "of a test" })
                .CreateVeth(new VethSpec { Name = "left", PeerName = "right", Up = true })
                .GetLink("shape")
                .GetLink("left"),
            links);
        (_ifb, _veth) = (links[0].Index, links[1].Index);
        Assert.True(links[0].IsUp);
        Assert.Equal(("ifb", "of a test"), (links[0].Kind, links[0].Alias));
    }

    public void Dispose()
    {
        _socket.Dispose();
        _namespace.Dispose();
    }

    [KernelTheory]
    [InlineData(125UL, 1464UL)]
    [InlineData(1_250_000UL, 62_500UL)]
    [InlineData(125_000_000UL, 6_250_000UL)]
    [InlineData(12_500_000_000UL, 625_000_000UL)]
    public void A_token_bucket_reads_back_as_it_was_given(ulong bytesPerSecond, ulong burst)
    {
        RateLimit limit = RateLimit.Of(bytesPerSecond, burst);
        _socket.Execute(new RouteBatch().AddTokenBucket(_veth, limit, 131_072));

        QdiscInfo qdisc = Assert.Single(_socket.Qdiscs(), q => q.LinkIndex == _veth);
        Assert.Equal(("tbf", true, limit, 131_072U), (qdisc.Kind, qdisc.IsRoot, qdisc.Limit, qdisc.QueueBytes));
        Assert.InRange(limit.BurstBytes, burst, burst + (bytesPerSecond / 1_000_000) + 1);
        Assert.Equal(bytesPerSecond, _namespace.Json("tc", "qdisc", "show", "dev", "left")[0].GetProperty("options").GetProperty("rate").GetUInt64());

        _socket.Execute(new RouteBatch().DeleteRootQdisc(_veth));
        Assert.DoesNotContain(_socket.Qdiscs(), q => q.LinkIndex == _veth);
    }

    [KernelFact]
    public void Classes_and_their_filters_read_back_as_they_were_given()
    {
        RateLimit limit = RateLimit.Of(12_500_000_000, 625_000_000);
        _socket.Execute(
            new RouteBatch()
                .AddHierarchy(_ifb)
                .AddFilterTables(_ifb)
                .AddClass(_ifb, 2, limit, 200_000)
                .AddClassFilter(_ifb, Source4, 2, 1)
                .AddClassFilter(_ifb, Source6, 2, 7));

        Assert.Equal([new TrafficClassInfo(2, limit)], _socket.Classes(_ifb));
        Assert.Equal(["bfifo 200000 2", "htb 0 0"], _socket.Qdiscs().Where(q => q.LinkIndex == _ifb).Select(q => $"{q.Kind} {q.QueueBytes} {q.ClassMinor}").Order());
        List<SourceFilterInfo> filters = _socket.ClassFilters(_ifb);
        Assert.Equal(2, filters.Count(f => f.LinksTable));
        Assert.Equal(
            [(Source4, RouteBatch.ClassFilterHandle(Source4, 1), (ushort)2), (Source6, RouteBatch.ClassFilterHandle(Source6, 7), (ushort)2)],
            filters.Where(f => f.Source is not null).Select(f => (f.Source!, f.Handle, f.ClassMinor)).OrderBy(f => f.Item1.AddressFamily));
        Assert.Contains("match 0a530002/ffffffff at 12", _namespace.Sh("tc filter show dev shape"), StringComparison.Ordinal);

        _socket.Execute(
            new RouteBatch()
                .DeleteClassFilter(_ifb, AddressFamily.InterNetwork, RouteBatch.ClassFilterHandle(Source4, 1))
                .DeleteClassFilter(_ifb, AddressFamily.InterNetworkV6, RouteBatch.ClassFilterHandle(Source6, 7))
                .DeleteClass(_ifb, 2));
        Assert.Empty(_socket.Classes(_ifb));
        Assert.DoesNotContain(_socket.ClassFilters(_ifb), f => f.Source is not null);
    }

    [KernelFact]
    public void A_class_that_a_filter_leads_to_cannot_be_deleted()
    {
        _socket.Execute(
            new RouteBatch().AddHierarchy(_ifb).AddFilterTables(_ifb).AddClass(_ifb, 2, RateLimit.Of(125_000, 6_250), 131_072).AddClassFilter(_ifb, Source4, 2, 1));

        NetlinkException refused = Assert.Throws<NetlinkException>(() => _socket.Execute(new RouteBatch().DeleteClass(_ifb, 2)));

        Assert.Equal(Errno.EBUSY, refused.Errno);
        Assert.Contains("classid 1:2", refused.Message, StringComparison.Ordinal);
    }

    [KernelFact]
    public void Redirects_read_back_and_go_with_their_family()
    {
        _socket.Execute(new RouteBatch().AddClassifier(_veth).AddClassifier(_veth).AddRedirect(_veth, Source4, _ifb).AddRedirect(_veth, Source6, _ifb));

        Assert.Equal(
            [(Source4, _ifb), (Source6, _ifb)],
            _socket.Redirects(_veth).Where(r => r.Source is not null).Select(r => (r.Source!, r.RedirectIndex)).OrderBy(r => r.Item1.AddressFamily));
        Assert.Contains("mirred (Egress Redirect to device shape)", _namespace.Sh("tc filter show dev left ingress"), StringComparison.Ordinal);

        _socket.Execute(new RouteBatch().DeleteRedirects(_veth, AddressFamily.InterNetwork));
        Assert.Equal([Source6], _socket.Redirects(_veth).Where(r => r.Source is not null).Select(r => r.Source!));
    }

    [KernelFact]
    public void A_redirect_whose_target_is_gone_says_so()
    {
        _socket.Execute(new RouteBatch().AddClassifier(_veth).AddRedirect(_veth, Source4, _ifb));

        _socket.Execute(new RouteBatch().DeleteLink(_ifb));

        Assert.Equal(0, Assert.Single(_socket.Redirects(_veth), r => r.Source is not null).RedirectIndex);
    }

    [KernelFact]
    public void A_link_that_is_gone_has_no_classes_and_filters()
    {
        Assert.Empty(_socket.Classes(4711));
        Assert.Empty(_socket.ClassFilters(4711));
        Assert.Empty(_socket.Redirects(4711));
    }
}
