namespace Weft.NetDaemon.Store.Etcd;

/// <summary>What a failed call means for the next step.</summary>
internal enum EtcdFailureKind
{
    /// <summary>Nobody took the connection: nothing was done. Another member may.</summary>
    NotConnected,

    /// <summary>The member refused before it did anything, having no leader or too much to do. Another one may take it, or this one soon.</summary>
    NotNow,

    /// <summary>The token is not valid any more: nothing was done. Take a new one.</summary>
    Token,

    /// <summary>The answer did not come: what was asked may have been done.</summary>
    Unknown,

    /// <summary>An answer that every member would give.</summary>
    Final,
}
