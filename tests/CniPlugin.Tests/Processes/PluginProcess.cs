using System.Diagnostics;
using System.Text.Json;

namespace Weft.CniPlugin.Tests.Processes;

/// <summary>Runs the built plugin as a runtime does.</summary>
internal static class PluginProcess
{
    /// <summary>Runs it to its end. Only the CNI_ variables given here are set.</summary>
    /// <param name="input">stdin, in UTF-8.</param>
    /// <param name="networkNamespace">Path of the network namespace to run in; null: the test's own.</param>
    /// <param name="variables">Environment variables; those that are null stay unset.</param>
    public static PluginAnswer Run(string input, string? networkNamespace, params (string Name, string? Value)[] variables)
    {
        string plugin = Path.Join(AppContext.BaseDirectory, "weft-cni.dll");
        var start = new ProcessStartInfo
        {
            FileName = networkNamespace is null ? "dotnet" : "nsenter",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in (string[])(networkNamespace is null ? [plugin] : [$"--net={networkNamespace}", "dotnet", plugin]))
        {
            start.ArgumentList.Add(argument);
        }
        foreach (string name in start.Environment.Keys.Where(static n => n.StartsWith("CNI_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }
        foreach ((string name, string? value) in variables)
        {
            if (value is not null)
            {
                start.Environment[name] = value;
            }
        }
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> log = process.StandardError.ReadToEndAsync();
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            Trace.WriteLine("the plugin ended without reading its input");
        }
        process.WaitForExit();
        return new PluginAnswer(process.ExitCode, output.GetAwaiter().GetResult(), log.GetAwaiter().GetResult());
    }
}

/// <summary>What a run of the plugin left.</summary>
internal sealed record PluginAnswer(int ExitCode, string Output, string Log)
{
    /// <summary>stdout as JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    /// <summary>The error that a runtime would see: asserts that it is one.</summary>
    public (int Code, string Message, string Details) Error
    {
        get
        {
            Assert.Equal(1, ExitCode);
            JsonElement json = Json;
            Assert.False(string.IsNullOrEmpty(json.GetProperty("cniVersion").GetString()));
            return (json.GetProperty("code").GetInt32(), json.GetProperty("msg").GetString()!,
                json.TryGetProperty("details", out JsonElement details) ? details.GetString()! : "");
        }
    }

    /// <summary>Asserts that the verb succeeded in silence, as all but ADD and VERSION do.</summary>
    public void IsSilentSuccess()
    {
        Assert.Equal((0, ""), (ExitCode, Output));
    }
}
