using System.Diagnostics;

namespace Weft.Scripts.Tests;

/// <summary>Runs programs to their end, without standard input.</summary>
internal static class Shell
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(4);

    public static Finished Run(string program, params string[] arguments) => Run(program, arguments, environment: null);

    /// <param name="program">Path, or a name on the PATH.</param>
    /// <param name="arguments">Passed as they are.</param>
    /// <param name="environment">Variables to set, or to remove where the value is null.</param>
    /// <exception cref="TimeoutException">It ran for more than four minutes; it was killed with its children.</exception>
    public static Finished Run(string program, string[] arguments, IReadOnlyDictionary<string, string?>? environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Longest))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} ran for more than {Longest}");
        }
        return new Finished(process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }

    /// <summary>Runs a bash script with the lab's functions at hand.</summary>
    public static Finished Lab(string script) => Run("bash", "-c", $"""
        set -euo pipefail
        . "{Repository.Root}/scripts/lib/common.sh"
        . "{Repository.Root}/scripts/lib/image.sh"
        . "{Repository.Root}/scripts/lib/lab.sh"
        lab_start
        {script}
        """);
}
