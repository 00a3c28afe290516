using System.Diagnostics;

namespace Weft.Scale;

/// <summary>Runs programs of the system's.</summary>
internal static class Command
{
    /// <summary>Runs one to its end.</summary>
    /// <returns>How long it took, and its standard output.</returns>
    /// <exception cref="InvalidOperationException">It failed; says what it wrote.</exception>
    public static (TimeSpan Time, string Output) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        TimeSpan time = Stopwatch.GetElapsedTime(began);
        return process.ExitCode == 0 ? (time, output) : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {errors.Result}");
    }
}
