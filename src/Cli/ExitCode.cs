namespace Weft.Cli;

/// <summary>What `weft` ends with. A promise to scripts, told in the help and in docs/cli.md.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>The daemon refused, has no such object or failed; or `weft status` found the node failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line or a file that it names cannot be used; nothing was asked of the daemon.</summary>
    public const int WrongUsage = 2;

    /// <summary>The daemon does not answer.</summary>
    public const int Unreachable = 3;

    /// <summary>It is begun, and goes on by itself: `weft node drain` with something left on the node.</summary>
    public const int NotYet = 4;
}
