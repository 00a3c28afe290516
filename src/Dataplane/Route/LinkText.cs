namespace Weft.Dataplane.Route;

/// <summary>Enumerations as ip(8) writes them.</summary>
internal static class LinkText
{
    public static string Of(AddressGenerationMode mode) => mode switch
    {
        AddressGenerationMode.Eui64 => "eui64",
        AddressGenerationMode.None => "none",
        AddressGenerationMode.StablePrivacy => "stable_secret",
        AddressGenerationMode.Random => "random",
        _ => $"{(byte)mode}",
    };

    public static string Of(MacvlanMode mode) => mode switch
    {
        MacvlanMode.Private => "private",
        MacvlanMode.Vepa => "vepa",
        MacvlanMode.Bridge => "bridge",
        MacvlanMode.PassThrough => "passthru",
        MacvlanMode.Source => "source",
        _ => $"{(uint)mode}",
    };

    public static string Of(RouteType type) => type switch
    {
        RouteType.Unspecified or RouteType.Unicast => "",
        RouteType.Local => "local ",
        RouteType.Broadcast => "broadcast ",
        RouteType.Anycast => "anycast ",
        RouteType.Multicast => "multicast ",
        RouteType.Blackhole => "blackhole ",
        RouteType.Unreachable => "unreachable ",
        RouteType.Prohibit => "prohibit ",
        RouteType.Throw => "throw ",
        _ => $"{(byte)type} ",
    };

    public static string Of(RouteScope scope) => scope switch
    {
        RouteScope.Universe => "global",
        RouteScope.Link => "link",
        RouteScope.Host => "host",
        RouteScope.Nowhere => "nowhere",
        _ => $"{(byte)scope}",
    };

    public static string Of(NeighbourState state) => state switch
    {
        NeighbourState.Permanent => "permanent",
        NeighbourState.NoArp => "noarp",
        NeighbourState.Reachable => "reachable",
        NeighbourState.Stale => "stale",
        _ => $"0x{(ushort)state:x}",
    };
}
