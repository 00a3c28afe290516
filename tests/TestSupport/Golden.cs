using System.Runtime.CompilerServices;
using System.Text;

namespace Weft.TestSupport;

/// <summary>
/// Compares with files in the folder "Golden" beside the test's source. WEFT_UPDATE_GOLDEN=1 writes them instead: look at the difference
/// before you commit it.
/// </summary>
public static class Golden
{
    private static readonly bool Update = Environment.GetEnvironmentVariable("WEFT_UPDATE_GOLDEN") == "1";

    /// <summary>Text, lines ended by a line feed.</summary>
    public static void Text(string name, string actual, [CallerFilePath] string source = "")
    {
        string path = Path.Combine(FolderOf(source), "Golden", name);
        if (Update)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
            return;
        }
        Assert.True(File.Exists(path), $"{path} does not exist; WEFT_UPDATE_GOLDEN=1 writes it");
        Assert.Equal(File.ReadAllText(path), actual, ignoreLineEndingDifferences: false);
    }

    /// <summary>Bytes, four a line.</summary>
    public static void Bytes(string name, ReadOnlySpan<byte> actual, [CallerFilePath] string source = "")
    {
        var text = new StringBuilder();
        for (int i = 0; i < actual.Length; i++)
        {
            text.Append(actual[i].ToString("x2")).Append(i % 4 == 3 || i == actual.Length - 1 ? '\n' : ' ');
        }
        Text(name, text.ToString(), source);
    }

    /// <summary>The repository's top folder: where Network.sln lies.</summary>
    public static string Repository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Network.sln")))
            {
                return folder.FullName;
            }
        }
        throw new InvalidOperationException($"no Network.sln above {AppContext.BaseDirectory}: tests run from a checkout");
    }

    // The build writes source paths as /src/..., so that the same source gives the same bytes anywhere.
    private static string FolderOf(string source) => Path.GetDirectoryName(
        source.StartsWith("/src/", StringComparison.Ordinal) ? Path.Combine(Repository(), source["/src/".Length..]) : source)!;
}
