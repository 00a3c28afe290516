using System.Diagnostics;

namespace Weft.TestSupport;

/// <summary>Runs programs to their end.</summary>
public static class Programs
{
    /// <summary>Long for whatever a test runs, short for who waits: a hang guard, not an expectation.</summary>
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(60);

    /// <summary>Runs a program; not through a shell.</summary>
    /// <param name="program">Its path, or a name on PATH.</param>
    /// <param name="arguments">One by one, unquoted.</param>
    /// <param name="input">Its standard input; null: none.</param>
    /// <param name="environment">Variables to set, or (null) to remove.</param>
    /// <param name="limit">How long it may run, <see cref="DefaultLimit"/> unless said; then it is killed with its children.</param>
    /// <exception cref="TimeoutException">It ran too long; the message has what it wrote.</exception>
    public static ProcessResult Run(
        string program,
        IEnumerable<string> arguments,
        string? input = null,
        IReadOnlyDictionary<string, string?>? environment = null,
        TimeSpan? limit = null)
    {
        var start = new ProcessStartInfo(KernelRequirement.ProgramOnPath(program) ?? program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }
        string command = $"{program} {string.Join(' ', start.ArgumentList)}";
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{command} did not start");
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException) when (input is not null)
        {
            // It ended without reading its input; its exit code tells why.
            _ = input;
        }
        if (!process.WaitForExit(limit ?? DefaultLimit))
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            throw new TimeoutException($"{command} was killed after {limit ?? DefaultLimit}\n{output.Result}\n{error.Result}");
        }
        return new ProcessResult(command, process.ExitCode, output.Result, error.Result);
    }
}
