namespace Weft.TestSupport;

/// <summary>What a program did.</summary>
/// <param name="Command">The command line, for messages.</param>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
public sealed record ProcessResult(string Command, int ExitCode, string Output, string Error)
{
    /// <summary>Standard output of a program that succeeded.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message has all that it wrote.</exception>
    public string Ok() => ExitCode == 0
        ? Output
        : throw new InvalidOperationException($"{Command} ended with {ExitCode}\n{Output}\n{Error}");
}
