using System.Diagnostics;

namespace Weft.SystemTests.Lab;

/// <summary>Runs programs.</summary>
internal static class Tool
{
    /// <summary>Long enough for a loaded machine; only a program that hangs meets it.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Runs a program to its end. One that hangs is killed, and the test fails.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="input">For its stdin; empty: nothing.</param>
    /// <param name="environment">Instead of ours, or null: ours.</param>
    public static async Task<Finished> RunAsync(
        IReadOnlyList<string> command, string input = "", IReadOnlyDictionary<string, string>? environment = null)
    {
        using Process process = Start(command, environment);
        using var limit = new CancellationTokenSource(Limit);
        Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
        Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await FeedAsync(process, input);
            await process.WaitForExitAsync(limit.Token);
            return new Finished(string.Join(' ', command), process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"`{string.Join(' ', command)}` did not end within {Limit.TotalSeconds} s");
        }
    }

    /// <summary>Starts a program with all three streams redirected.</summary>
    public static Process Start(IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (environment is not null)
        {
            start.Environment.Clear();
            foreach ((string name, string value) in environment)
            {
                start.Environment[name] = value;
            }
        }
        return Process.Start(start)!;
    }

    private static async Task FeedAsync(Process process, string input)
    {
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading: its exit code and messages tell why.
        }
    }
}
