using System.CommandLine;
using System.Text;
using Weft.Contracts.V1;

namespace Weft.Cli.Commands;

/// <summary>Reads what -f names. What the texts mean, the daemon judges.</summary>
internal static class ManifestFiles
{
    // The daemon's limit; a device or a pipe without end must not fill our memory before it says so.
    private const int MaximumLength = 1 << 20;

    private static readonly string[] Extensions = [".yaml", ".yml", ".json"];

    /// <param name="required">Whether it must be given.</param>
    /// <param name="otherwise">Added to the help: what holds without it.</param>
    public static Option<string[]> Option(bool required, string otherwise = "") => new("--filename", "-f")
    {
        Description = "A file, a directory (its .yaml, .yml and .json files) or - for standard input; may be given more than once" + otherwise,
        HelpName = "FILE",
        Required = required,
        Arity = ArgumentArity.OneOrMore,
    };

    /// <exception cref="CliException">A file cannot be read; all such files are named.</exception>
    public static IReadOnlyList<Manifest> Read(IReadOnlyList<string> names, TextReader input)
    {
        List<Manifest> manifests = [];
        List<string> problems = [];
        foreach (string name in names)
        {
            try
            {
                manifests.AddRange(name == "-" ? [ReadAll("-", input)] : ReadPath(name));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
            {
                problems.Add($"weft: {name}: {Reason(e)}");
            }
        }
        return problems.Count == 0 ? manifests : throw new CliException(ExitCode.WrongUsage, string.Join('\n', problems));
    }

    private static List<Manifest> ReadPath(string path)
    {
        if (!Directory.Exists(path))
        {
            return [ReadFile(path)];
        }
        List<Manifest> manifests = [.. Directory.EnumerateFiles(path)
            .Where(file => Extensions.Contains(Path.GetExtension(file)))
            .Order(StringComparer.Ordinal)
            .Select(ReadFile)];
        return manifests.Count > 0 ? manifests : throw new IOException("the directory has no .yaml, .yml or .json file");
    }

    private static Manifest ReadFile(string path)
    {
        using var reader = new StreamReader(path, new UTF8Encoding(false, throwOnInvalidBytes: true));
        return ReadAll(path, reader);
    }

    private static Manifest ReadAll(string source, TextReader reader)
    {
        char[] text = new char[MaximumLength + 1];
        int length = reader.ReadBlock(text, 0, text.Length);
        return length <= MaximumLength
            ? new Manifest { Source = source, Text = new string(text, 0, length) }
            : throw new IOException($"more than {MaximumLength} characters; split it");
    }

    private static string Reason(Exception failure) => failure switch
    {
        FileNotFoundException or DirectoryNotFoundException => "no such file or directory",
        UnauthorizedAccessException => "permission denied",
        DecoderFallbackException => "not UTF-8 text",
        _ => failure.Message,
    };
}
