namespace Weft.Dataplane.Nftables;

/// <summary>States of a tracked packet (NF_CT_STATE_*).</summary>
[Flags]
public enum CtState : uint
{
    /// <summary>Belongs to no connection that makes sense.</summary>
    Invalid = 1,

    /// <summary>Of a connection seen in both directions.</summary>
    Established = 2,

    /// <summary>About another connection, such as an ICMP error.</summary>
    Related = 4,

    /// <summary>Opens a connection.</summary>
    New = 8,

    /// <summary>Exempt from tracking.</summary>
    Untracked = 64,
}
