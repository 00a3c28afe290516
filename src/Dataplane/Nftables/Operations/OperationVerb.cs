using Weft.Dataplane.Netlink;

namespace Weft.Dataplane.Nftables.Operations;

/// <summary>What an operation does with its object.</summary>
internal enum OperationVerb
{
    /// <summary>Makes it; fails when it exists.</summary>
    Create,

    /// <summary>Makes it unless it exists.</summary>
    Ensure,

    /// <summary>Removes it; fails when it does not exist.</summary>
    Delete,

    /// <summary>Removes it if it exists (Linux 6.3).</summary>
    Destroy,

    /// <summary>Empties it.</summary>
    Flush,
}

internal static class OperationVerbs
{
    /// <summary>nft(8)'s word.</summary>
    public static string Word(this OperationVerb verb) => verb switch
    {
        OperationVerb.Create => "create",
        OperationVerb.Ensure => "add",
        OperationVerb.Delete => "delete",
        OperationVerb.Destroy => "destroy",
        _ => "flush",
    };

    public static bool IsNew(this OperationVerb verb) => verb is OperationVerb.Create or OperationVerb.Ensure;

    public static NetlinkMessageFlags Flags(this OperationVerb verb) => verb switch
    {
        OperationVerb.Create => NetlinkMessageFlags.Create | NetlinkMessageFlags.Exclusive,
        OperationVerb.Ensure => NetlinkMessageFlags.Create,
        _ => NetlinkMessageFlags.None,
    };
}
