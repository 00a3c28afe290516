namespace Weft.RuntimeTests.Lab;

/// <summary>Programs that tests run inside a lab, by paths that mean the same there.</summary>
internal static class RuntimePrograms
{
    public static string Plugin => Built("weft-cni");

    public static string Daemon => Built("weftd");

    public static string Cli => Built("weft");

    /// <summary>The CRI client, built with these tests.</summary>
    public static string CriClient => Path.Combine(Golden.Repository(), "tests/CriClient/bin", Configuration, "net10.0/CriClient.dll");

    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    private static string Built(string name)
    {
        string path = Path.Combine(Golden.Repository(), "out", name);
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is missing; run scripts/build");
    }
}
