namespace Weft.Dataplane.Route;

/// <summary>How far an address or route reaches (RT_SCOPE_*, linux/rtnetlink.h).</summary>
public enum RouteScope : byte
{
    /// <summary>RT_SCOPE_UNIVERSE: "global".</summary>
    Universe = 0,

    /// <summary>RT_SCOPE_SITE.</summary>
    Site = 200,

    /// <summary>RT_SCOPE_LINK: directly attached.</summary>
    Link = 253,

    /// <summary>RT_SCOPE_HOST: this machine.</summary>
    Host = 254,

    /// <summary>RT_SCOPE_NOWHERE: matches any scope when a route is deleted.</summary>
    Nowhere = 255,
}
