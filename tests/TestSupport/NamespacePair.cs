using System.Net;
using Weft.Dataplane.Route;

namespace Weft.TestSupport;

/// <summary>Two namespaces joined by a veth pair "link" that is up, with addresses: left .1, right .2.</summary>
public sealed class NamespacePair : IDisposable
{
    public static readonly IPAddress LeftAddress = IPAddress.Parse("192.0.2.1");
    public static readonly IPAddress RightAddress = IPAddress.Parse("192.0.2.2");
    public static readonly IPAddress LeftAddress6 = IPAddress.Parse("2001:db8::1");
    public static readonly IPAddress RightAddress6 = IPAddress.Parse("2001:db8::2");

    public NamespacePair()
    {
        using RouteSocket left = Left.OpenRoute();
        using RouteSocket right = Right.OpenRoute();
        var found = new List<LinkInfo>();
        left.Execute(
            new RouteBatch()
                .CreateVeth(new VethSpec { Name = "link", PeerName = "link", PeerNamespace = Right.Namespace, Up = true })
                .GetLink("link"),
            found);
        LeftIndex = found[0].Index;
        RightIndex = found[0].PeerIndex;
        right.Execute(Addresses(RightIndex, RightAddress, RightAddress6).SetLink(RightIndex, new LinkChange { Up = true }));
        left.Execute(Addresses(LeftIndex, LeftAddress, LeftAddress6));
    }

    public TestNamespace Left { get; } = new();

    public TestNamespace Right { get; } = new();

    /// <summary>Interface index of "link" in the left namespace.</summary>
    public int LeftIndex { get; }

    /// <summary>Interface index of "link" in the right namespace.</summary>
    public int RightIndex { get; }

    public void Dispose()
    {
        Left.Dispose();
        Right.Dispose();
    }

    private static RouteBatch Addresses(int index, IPAddress four, IPAddress six) => new RouteBatch()
        .AddAddress(new AddressSpec { LinkIndex = index, Address = new InterfaceAddress(four, 24) })
        .AddAddress(new AddressSpec { LinkIndex = index, Address = new InterfaceAddress(six, 64) });
}
