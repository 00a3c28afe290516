using System.Net;

namespace Weft.CniPlugin.Configuration;

/// <summary>Which routes a container gets, all to its network's gateway. A family without a default route has routes to the network's own ranges.</summary>
/// <param name="DefaultIPv4">Whether it has an IPv4 default route.</param>
/// <param name="DefaultIPv6">Whether it has an IPv6 default route.</param>
/// <param name="Further">Other destinations.</param>
internal sealed record RouteWishes(bool DefaultIPv4, bool DefaultIPv6, IReadOnlyList<IPNetwork> Further)
{
    public static readonly RouteWishes Usual = new(true, true, []);

    public bool Default(bool version4) => version4 ? DefaultIPv4 : DefaultIPv6;

    /// <summary>
    /// The reference IPAM plugins give the routes of "ipam.routes" and no others, unless bridge's "isDefaultGateway" is set: a
    /// network without a default route is one that is closed on purpose.
    /// </summary>
    public static RouteWishes From(IpamSettings ipam, bool isDefaultGateway)
    {
        if (!ipam.IsOfReferencePlugin)
        {
            return ipam.Routes.Count == 0 ? Usual : Usual with { Further = WithoutDefaults(ipam.Routes) };
        }
        return new RouteWishes(
            isDefaultGateway || HasDefault(ipam.Routes, System.Net.Sockets.AddressFamily.InterNetwork),
            isDefaultGateway || HasDefault(ipam.Routes, System.Net.Sockets.AddressFamily.InterNetworkV6),
            WithoutDefaults(ipam.Routes));
    }

    private static bool HasDefault(IReadOnlyList<IPNetwork> routes, System.Net.Sockets.AddressFamily family)
    {
        foreach (IPNetwork route in routes)
        {
            if (route.PrefixLength == 0 && route.BaseAddress.AddressFamily == family)
            {
                return true;
            }
        }
        return false;
    }

    private static List<IPNetwork> WithoutDefaults(IReadOnlyList<IPNetwork> routes)
    {
        List<IPNetwork> others = [];
        foreach (IPNetwork route in routes)
        {
            if (route.PrefixLength > 0)
            {
                others.Add(route);
            }
        }
        return others;
    }
}
