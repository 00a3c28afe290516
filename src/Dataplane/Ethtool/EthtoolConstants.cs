namespace Weft.Dataplane.Ethtool;

/// <summary>Numbers of ethtool's netlink messages (linux/ethtool_netlink.h).</summary>
internal static class EthtoolConstants
{
    public const byte Version = 1;                // ETHTOOL_GENL_VERSION
    public const byte FeaturesGet = 11;           // ETHTOOL_MSG_FEATURES_GET
    public const byte FeaturesSet = 12;           // ETHTOOL_MSG_FEATURES_SET
    public const uint OmitReply = 2;              // ETHTOOL_FLAG_OMIT_REPLY

    public const ushort Header = 1;               // ETHTOOL_A_FEATURES_HEADER
    public const ushort Hardware = 2;             // ETHTOOL_A_FEATURES_HW: what can be switched
    public const ushort Wanted = 3;               // ETHTOOL_A_FEATURES_WANTED
    public const ushort Active = 4;               // ETHTOOL_A_FEATURES_ACTIVE
    public const ushort NoChange = 5;             // ETHTOOL_A_FEATURES_NOCHANGE: fixed

    public const ushort DeviceIndex = 1;          // ETHTOOL_A_HEADER_DEV_INDEX
    public const ushort DeviceName = 2;           // ETHTOOL_A_HEADER_DEV_NAME
    public const ushort Flags = 3;                // ETHTOOL_A_HEADER_FLAGS

    public const ushort Bits = 3;                 // ETHTOOL_A_BITSET_BITS
    public const ushort Bit = 1;                  // ETHTOOL_A_BITSET_BITS_BIT
    public const ushort BitName = 2;              // ETHTOOL_A_BITSET_BIT_NAME
    public const ushort BitValue = 3;             // ETHTOOL_A_BITSET_BIT_VALUE: a flag
}
