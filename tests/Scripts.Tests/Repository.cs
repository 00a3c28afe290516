namespace Weft.Scripts.Tests;

/// <summary>Where the repository is that these tests were built from.</summary>
internal static class Repository
{
    /// <summary>Absolute path of the directory that holds Network.sln.</summary>
    public static string Root { get; } = Find();

    /// <summary>Absolute path of a file or directory of the repository.</summary>
    public static string File(string relative) => Path.Combine(Root, relative);

    private static string Find()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (System.IO.File.Exists(Path.Combine(directory.FullName, "Network.sln")))
            {
                return directory.FullName;
            }
        }
        throw new InvalidOperationException($"no Network.sln above {AppContext.BaseDirectory}: run these tests from a checkout");
    }
}
