using System.Text;
using System.Text.Json;
using Weft.CniPlugin;

namespace Weft.Fuzz;

/// <summary>
/// The whole plugin over hostile input. The property: every run ends with exit code 1 and an error object of a known code, never with a defect (999) or an exception.
/// The namespace that is named does not exist, so no run reaches a kernel or a daemon.
/// </summary>
internal static class CniTargets
{
    private const string NoNamespace = "/nonexistent/netns";
    private const int DefectCode = 999;

    private static readonly byte[] Minimal = """{"cniVersion":"1.1.0","name":"net","runtimeConfig":{"mac":"02:00:00:00:00:01"}}"""u8.ToArray();

    /// <summary>CNI's stdin.</summary>
    public static void Input(ReadOnlyMemory<byte> input)
    {
        foreach (string verb in (ReadOnlySpan<string>)["ADD", "CHECK"])
        {
            Run(verb, input, null);
        }
    }

    /// <summary>CNI_ARGS.</summary>
    public static void Arguments(ReadOnlyMemory<byte> arguments) => Run("ADD", Minimal, Encoding.UTF8.GetString(arguments.Span));

    /// <summary>What is left of a stream.</summary>
    public static ReadOnlyMemory<byte> ReadAll(Stream stream)
    {
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private static void Run(string verb, ReadOnlyMemory<byte> input, string? arguments)
    {
        using var stdin = new MemoryStream(input.ToArray());
        using var stdout = new MemoryStream();
        using var stderr = new MemoryStream();
        int exitCode = new Plugin(
            name => name switch
            {
                "CNI_COMMAND" => verb,
                "CNI_CONTAINERID" => "c1",
                "CNI_NETNS" => NoNamespace,
                "CNI_IFNAME" => "eth0",
                "CNI_ARGS" => arguments,
                _ => null,
            },
            stdin, stdout, stderr).Run();
        JsonElement error = JsonDocument.Parse(stdout.ToArray()).RootElement;
        if (exitCode != 1 || error.GetProperty("code").GetInt32() == DefectCode || string.IsNullOrEmpty(error.GetProperty("msg").GetString()))
        {
            throw new InvalidOperationException($"{verb} ended with {exitCode} and {Encoding.UTF8.GetString(stdout.ToArray())}");
        }
    }
}
