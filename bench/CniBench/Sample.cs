namespace Weft.CniBench;

/// <summary>One run of one plugin process.</summary>
/// <param name="Wall">From just before posix_spawn until wait4 returned.</param>
/// <param name="Cpu">User and system time of the process and of the children it waited for. A daemon's is not in it.</param>
/// <param name="ResidentKibibytes">Largest resident set of one of those processes.</param>
internal readonly record struct Sample(TimeSpan Wall, TimeSpan Cpu, long ResidentKibibytes)
{
    /// <summary>One after the other.</summary>
    public static Sample operator +(Sample first, Sample second) =>
        new(first.Wall + second.Wall, first.Cpu + second.Cpu, Math.Max(first.ResidentKibibytes, second.ResidentKibibytes));
}
