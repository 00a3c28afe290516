namespace Weft.Cli.Tests;

/// <summary>Compares with a file under Golden. With WEFT_GOLDEN=write, the file is written instead: look at the diff.</summary>
internal static class Golden
{
    public static void Equal(string name, string actual)
    {
        if (Environment.GetEnvironmentVariable("WEFT_GOLDEN") == "write")
        {
            File.WriteAllText(Path.Combine(SourceDirectory(), name), actual);
            return;
        }
        Assert.Equal(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", name)), actual);
    }

    private static string SourceDirectory()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Cli.Tests.csproj")))
        {
            directory = directory.Parent;
        }
        return Path.Combine(directory?.FullName ?? throw new DirectoryNotFoundException("the test's sources are not above its binaries"), "Golden");
    }
}
