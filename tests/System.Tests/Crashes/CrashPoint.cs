namespace Weft.SystemTests.Crashes;

/// <summary>Ends a program with SIGKILL as it is about to make its n-th system call of some kinds: strace counts for each thread.</summary>
/// <param name="Calls">Names of system calls, comma-separated.</param>
/// <param name="Number">From 1.</param>
internal sealed record CrashPoint(string Calls, int Number)
{
    /// <summary>strace's exit code when it ends as its tracee did: 128 + SIGKILL.</summary>
    public const int Killed = 137;

    /// <summary>The command line in front of the program, or of -p PID.</summary>
    /// <param name="log">Where the trace goes.</param>
    public string[] Tracer(string log) =>
        ["strace", "-f", "-qq", "-o", log, "-e", $"trace={Calls}", "-e", $"inject={Calls}:signal=SIGKILL:when={Number}", "-e", "signal=none"];

    public override string ToString() => $"killed at call {Number} of {Calls}";
}
