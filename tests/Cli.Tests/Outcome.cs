namespace Weft.Cli.Tests;

/// <summary>What a run of weft left behind.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Error)
{
    public static async Task<Outcome> OfAsync(string? socket, string input, params string[] arguments)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var host = new CliHost(new StringReader(input), output, error, name => name == "WEFT_SOCKET" ? socket : null);
        int exitCode = await WeftCommand.RunAsync(arguments, host, CancellationToken.None);
        return new Outcome(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>The output of a run that went well.</summary>
    public string Succeeded()
    {
        Assert.True(ExitCode == 0 && Error.Length == 0, $"exit code {ExitCode}: {Error}{Output}");
        return Output;
    }

    /// <summary>Checks a run that did not go well: nothing on the output, and these very words.</summary>
    public void Failed(int exitCode, string error)
    {
        Assert.Equal(error, Error);
        Assert.Equal((exitCode, ""), (ExitCode, Output));
    }
}
