namespace Weft.Dataplane.Nftables;

/// <summary>Who may change a table.</summary>
public enum NftOwnership
{
    /// <summary>This socket only, for as long as it is open; then the table stays, for the next one to adopt.</summary>
    Owned,

    /// <summary>Anybody: the kernel cannot keep an owned table when its owner dies (before Linux 6.9). Watch for changes.</summary>
    Unprotected,

    /// <summary>Another socket, which is open.</summary>
    OwnedByAnother,

    /// <summary>Nobody, and it cannot be adopted, because it was made without the persist flag. Delete and make it again in one
    /// transaction.</summary>
    NotAdoptable,

    /// <summary>There is no such table.</summary>
    Missing,
}
