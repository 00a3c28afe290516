namespace Weft.CniBench;

/// <summary>A plugin exited with an error.</summary>
internal sealed class PluginFailedException(string label, string command, int exitCode, string output)
    : Exception($"{label} {command} failed with exit code {exitCode}: {output.Trim()}")
{
    public int ExitCode => exitCode;
}
