using System.Diagnostics;
using System.Text;

namespace Weft.RuntimeTests.Lab;

/// <summary>
/// Machines made of namespaces, kept by the script lab-serve: when this process ends, however it ends, the script's input ends, and it
/// removes them with all that runs in them.
/// </summary>
internal sealed class LabShell : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private readonly SemaphoreSlim _turn = new(1);

    public LabShell()
    {
        _process = Tool.Start([Path.Combine(Golden.Repository(), "tests/Runtimes.Tests/Lab/lab-serve")]);
        _process.ErrorDataReceived += (_, line) => Append(line.Data);
        _process.BeginErrorReadLine();
    }

    /// <summary>Runs one line of shell script, such as "lab_machine node".</summary>
    /// <returns>What it printed.</returns>
    public async Task<string> DoAsync(string line)
    {
        using var limit = new CancellationTokenSource(Tool.Limit);
        await _turn.WaitAsync(limit.Token);
        try
        {
            await _process.StandardInput.WriteLineAsync(line.AsMemory(), limit.Token);
            await _process.StandardInput.FlushAsync(limit.Token);
            var output = new StringBuilder();
            while (await _process.StandardOutput.ReadLineAsync(limit.Token) is { } text)
            {
                if (text == "= done")
                {
                    return output.ToString();
                }
                output.Append(text).Append('\n');
            }
            await _process.WaitForExitAsync(limit.Token);
            throw new InvalidOperationException($"`{line}` failed: {output}{Errors}");
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Text as one word of shell script.</summary>
    public static string Quote(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Tool.Limit);
        await _process.WaitForExitAsync(limit.Token);
        _process.Dispose();
        _turn.Dispose();
    }

    private string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    private void Append(string? line)
    {
        if (line is not null)
        {
            lock (_errors)
            {
                _errors.AppendLine(line);
            }
        }
    }
}
