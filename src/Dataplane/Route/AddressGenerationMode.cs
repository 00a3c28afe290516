namespace Weft.Dataplane.Route;

/// <summary>How an interface gets its IPv6 link-local address (IN6_ADDR_GEN_MODE_*, linux/if_link.h).</summary>
public enum AddressGenerationMode : byte
{
    /// <summary>IN6_ADDR_GEN_MODE_EUI64: from its Ethernet address.</summary>
    Eui64 = 0,

    /// <summary>IN6_ADDR_GEN_MODE_NONE: not by itself.</summary>
    None = 1,

    /// <summary>IN6_ADDR_GEN_MODE_STABLE_PRIVACY: from a secret (RFC 7217).</summary>
    StablePrivacy = 2,

    /// <summary>IN6_ADDR_GEN_MODE_RANDOM: from a secret drawn at random.</summary>
    Random = 3,
}
