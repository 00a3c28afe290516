namespace Weft.NetDaemon.Api;

/// <summary>Why a request about objects was not done.</summary>
internal enum RefusalReason
{
    /// <summary>The request is wrong by itself or clashes with what exists.</summary>
    Invalid,

    /// <summary>There is no such object.</summary>
    NotFound,

    /// <summary>Something still uses the object.</summary>
    InUse,

    /// <summary>Others changed the objects at the same time, again and again.</summary>
    Busy,
}
