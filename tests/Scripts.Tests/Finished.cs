namespace Weft.Scripts.Tests;

/// <summary>What a program that has ended left: its exit code and all it wrote.</summary>
internal sealed record Finished(int ExitCode, string Output, string Errors)
{
    /// <summary>The last line of the output that is not empty.</summary>
    public string LastLine => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];

    /// <summary>Everything, for a failure's message.</summary>
    public string All => $"exit code {ExitCode}\n{Output}\n{Errors}";
}
