namespace Weft.Dataplane.Route;

/// <summary>What a macvlan device receives (enum macvlan_mode, linux/if_link.h). All modes send alike, by the lower device.</summary>
public enum MacvlanMode : uint
{
    /// <summary>MACVLAN_MODE_PRIVATE: what is for its own address, and broadcasts; nothing from other macvlans.</summary>
    Private = 1,

    /// <summary>MACVLAN_MODE_VEPA: as private, and other macvlans by way of the outside.</summary>
    Vepa = 2,

    /// <summary>MACVLAN_MODE_BRIDGE: other macvlans directly.</summary>
    Bridge = 4,

    /// <summary>MACVLAN_MODE_PASSTHRU: everything; the only one on its lower device.</summary>
    PassThrough = 8,

    /// <summary>MACVLAN_MODE_SOURCE: what a list of source addresses sends. The list is empty at first: it receives nothing at all.</summary>
    Source = 16,
}
