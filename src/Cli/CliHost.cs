namespace Weft.Cli;

/// <summary>What a command has of the world besides the daemon. Tests give their own.</summary>
/// <param name="Input">For <c>-f -</c>.</param>
/// <param name="Output">Answers and nothing else.</param>
/// <param name="Error">Everything else.</param>
/// <param name="Environment">Reads an environment variable.</param>
internal sealed record CliHost(TextReader Input, TextWriter Output, TextWriter Error, Func<string, string?> Environment)
{
    public static CliHost OfProcess() => new(Console.In, Console.Out, Console.Error, System.Environment.GetEnvironmentVariable);
}
