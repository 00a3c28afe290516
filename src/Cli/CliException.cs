namespace Weft.Cli;

/// <summary>A command that ends here. The message is for people: what, its value, and the next step.</summary>
internal sealed class CliException(int exitCode, string message) : Exception(message)
{
    /// <summary>One of <see cref="Cli.ExitCode"/>.</summary>
    public int ExitCode { get; } = exitCode;
}
