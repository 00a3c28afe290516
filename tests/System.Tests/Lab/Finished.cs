using System.Text.Json;

namespace Weft.SystemTests.Lab;

/// <summary>A program that has ended.</summary>
/// <param name="Command">What was run, for messages.</param>
/// <param name="ExitCode">128 + the signal's number when a signal ended it.</param>
internal sealed record Finished(string Command, int ExitCode, string Output, string Error)
{
    /// <summary>This, or a failed test when the exit code is not 0.</summary>
    public Finished Succeeded()
    {
        Assert.True(ExitCode == 0, ToString());
        return this;
    }

    /// <summary>The output, which must be JSON. Nothing at all counts as an empty array, as ip prints it.</summary>
    public JsonElement Json()
    {
        Succeeded();
        using JsonDocument document = JsonDocument.Parse(Output.Trim().Length == 0 ? "[]" : Output);
        return document.RootElement.Clone();
    }

    public override string ToString() => $"`{Command}` ended with {ExitCode}\nstdout: {Output}\nstderr: {Error}";
}
