namespace Weft.NetDaemon.Ipam;

/// <summary>Why a wanted address cannot be had.</summary>
internal enum WantedProblem
{
    /// <summary>No pool of the network contains it.</summary>
    InNoPool = 1,

    /// <summary>The first or last address of its pool, which no container gets.</summary>
    Reserved = 2,

    /// <summary>Another attachment has it.</summary>
    InUse = 3,

    /// <summary>Its block belongs to another node.</summary>
    OnOtherNode = 4,

    /// <summary>Two addresses of one family were wanted: an interface gets one of each.</summary>
    SecondOfFamily = 5,

    /// <summary>It is kept for another endpoint, or no container gets it.</summary>
    Withheld = 6,

    /// <summary>It is reserved for who asks, but so many addresses of the network live away from their blocks already that no more may.</summary>
    TooManyMoved = 8,

    /// <summary>It is outside the ranges that the request itself states.</summary>
    OutsideRanges = 7,
}
