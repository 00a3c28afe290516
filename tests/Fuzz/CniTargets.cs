using System.Text;
using System.Text.Json;
using Weft.CniPlugin;
using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Results;

namespace Weft.Fuzz;

/// <summary>
/// The whole plugin over hostile input. The property: every run ends with exit code 1 and an error object of a known code, never with a defect (999) or an exception.
/// The namespace that is named does not exist, so no run reaches a kernel or a daemon; GC, which would, is tried as far as its list is read.
/// </summary>
internal static class CniTargets
{
    private const string NoNamespace = "/nonexistent/netns";

    private static readonly byte[] Minimal = """{"cniVersion":"1.1.0","name":"net","runtimeConfig":{"mac":"02:00:00:00:00:01"}}"""u8.ToArray();

    /// <summary>CNI's stdin.</summary>
    public static void Input(ReadOnlyMemory<byte> input)
    {
        foreach (string verb in (ReadOnlySpan<string>)["ADD", "CHECK"])
        {
            (int exitCode, byte[] output) = Run(verb, input, null);
            RequireError(exitCode, output, verb);
        }
        (int versionExit, byte[] answer) = Run("VERSION", input, null);
        if (versionExit != 0)
        {
            RequireError(versionExit, answer, "VERSION");
        }
        else if (JsonDocument.Parse(answer).RootElement.GetProperty("supportedVersions").GetArrayLength() == 0)
        {
            throw new InvalidOperationException($"VERSION answered {Encoding.UTF8.GetString(answer)}");
        }
        ReadLists(input);
    }

    /// <summary>CNI_ARGS.</summary>
    public static void Arguments(ReadOnlyMemory<byte> arguments)
    {
        (int exitCode, byte[] output) = Run("ADD", Minimal, Encoding.UTF8.GetString(arguments.Span));
        RequireError(exitCode, output, "ADD");
    }

    /// <summary>What is left of a stream.</summary>
    public static ReadOnlyMemory<byte> ReadAll(Stream stream)
    {
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private static (int ExitCode, byte[] Output) Run(string verb, ReadOnlyMemory<byte> input, string? arguments)
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
        return (exitCode, stdout.ToArray());
    }

    private static void RequireError(int exitCode, byte[] output, string verb)
    {
        JsonElement error = JsonDocument.Parse(output).RootElement;
        var code = (CniErrorCode)error.GetProperty("code").GetInt32();
        if (exitCode != 1 || !Enum.IsDefined(code) || code == CniErrorCode.Internal
            || string.IsNullOrEmpty(error.GetProperty("msg").GetString()) || CniVersions.Parse(error.GetProperty("cniVersion").GetString()!) is null)
        {
            throw new InvalidOperationException($"{verb} ended with {exitCode} and {Encoding.UTF8.GetString(output)}");
        }
    }

    /// <summary>GC's list; and a previous result, which written in its version and read again is written the same.</summary>
    private static void ReadLists(ReadOnlyMemory<byte> input)
    {
        try
        {
            var problems = new ProblemList();
            JsonElement root = NetworkConfigurationReader.Decode(input);
            _ = ValidAttachments.Read(root, new ProblemList());
            if (NetworkConfigurationReader.Read(root, problems) is { PreviousResult: { } previous } configuration)
            {
                CniResult result = PreviousResultReader.Read(previous, problems);
                if (problems.Count == 0)
                {
                    RequireStable(result, configuration.Version);
                }
            }
        }
        catch (CniException)
        {
            return;     // refused, as it should be
        }
    }

    private static void RequireStable(CniResult result, CniVersion version)
    {
        byte[] first = ResultWriter.Write(result, version);
        var problems = new ProblemList();
        byte[] second = ResultWriter.Write(PreviousResultReader.Read(JsonDocument.Parse(first).RootElement, problems), version);
        if (problems.Count > 0 || !first.AsSpan().SequenceEqual(second))
        {
            throw new InvalidOperationException($"a result of version {version.Text()} was {Encoding.UTF8.GetString(first)} and then {Encoding.UTF8.GetString(second)}");
        }
    }
}
