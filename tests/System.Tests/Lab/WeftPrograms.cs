namespace Weft.SystemTests.Lab;

/// <summary>Where the three programs under test are: out/ of the repository, or the directory that WEFT_OUT names.</summary>
internal static class WeftPrograms
{
    public static string Plugin => Find("weft-cni");

    public static string Daemon => Find("weftd");

    public static string Cli => Find("weft");

    private static string Find(string name)
    {
        string directory = Environment.GetEnvironmentVariable("WEFT_OUT") is { Length: > 0 } named ? named : Path.Combine(Root(), "out");
        string path = Path.Combine(directory, name);
        return File.Exists(path)
            ? path
            : throw new FileNotFoundException($"{path} is missing; run scripts/build, or name the directory of the programs with WEFT_OUT");
    }

    private static string Root()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Network.sln")))
            {
                return directory.FullName;
            }
        }
        throw new DirectoryNotFoundException($"no Network.sln above {AppContext.BaseDirectory}; name the directory of the programs with WEFT_OUT");
    }
}
