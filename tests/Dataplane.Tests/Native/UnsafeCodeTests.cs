using System.Text.RegularExpressions;
using Weft.TestSupport;

namespace Weft.Dataplane.Tests.Native;

public sealed partial class UnsafeCodeTests
{
    [Fact]
    public void Only_the_native_folder_knows_pointers_and_foreign_functions()
    {
        string source = Path.Combine(Golden.Repository(), "src");
        string native = Path.Combine(source, "Dataplane", "Native") + Path.DirectorySeparatorChar;
        string[] offenders =
        [
            .. SourceFiles(source, "*.cs")
                .Where(file => !file.StartsWith(native, StringComparison.Ordinal))
                .SelectMany(file => File.ReadLines(file)
                    .Select((line, index) => (line, index))
                    .Where(at => Forbidden().IsMatch(WithoutComment(at.line)))
                    .Select(at => $"{file}:{at.index + 1}: {at.line.Trim()}")),
        ];
        Assert.Empty(offenders);
    }

    [Fact]
    public void Only_the_dataplane_project_allows_unsafe_blocks()
    {
        string source = Path.Combine(Golden.Repository(), "src");
        string[] allowing =
        [
            .. SourceFiles(source, "*.*proj").Concat(SourceFiles(source, "*.props"))
                .Where(file => File.ReadAllText(file).Contains("AllowUnsafeBlocks", StringComparison.Ordinal))
                .Select(file => Path.GetFileName(file)),
        ];
        Assert.Equal(["Dataplane.csproj"], allowing);
    }

    private static IEnumerable<string> SourceFiles(string folder, string pattern) =>
        Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));

    private static string WithoutComment(string line)
    {
        int comment = line.IndexOf("//", StringComparison.Ordinal);
        return comment < 0 ? line : line[..comment];
    }

    [GeneratedRegex(@"\b(unsafe|LibraryImport|DllImport|NativeLibrary|Tmds\.Linux\.LibC)\b|\bdelegate\*")]
    private static partial Regex Forbidden();
}
