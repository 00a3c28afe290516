namespace Weft.Dataplane.Route;

/// <summary>Routing tables that every machine has (RT_TABLE_*, linux/rtnetlink.h).</summary>
public static class RouteTable
{
    /// <summary>RT_TABLE_DEFAULT.</summary>
    public const uint Default = 253;

    /// <summary>RT_TABLE_MAIN.</summary>
    public const uint Main = 254;

    /// <summary>RT_TABLE_LOCAL: the kernel's own.</summary>
    public const uint Local = 255;
}
