using Weft.Cli.Commands;

namespace Weft.Cli.Output;

/// <summary>Prints a document in the format of -o.</summary>
internal static class Documents
{
    /// <param name="format"><see cref="OutputOption.Json"/> or <see cref="OutputOption.Yaml"/>.</param>
    public static void Write(TextWriter writer, string format, DocValue document) =>
        writer.Write(format == OutputOption.Json ? JsonOutput.Write(document) : YamlOutput.Write(document));
}
