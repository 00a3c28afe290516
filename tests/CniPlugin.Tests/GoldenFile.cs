using System.Text;

namespace Weft.CniPlugin.Tests;

/// <summary>Expected outputs, kept as files that a person can read.</summary>
internal static class GoldenFile
{
    public static void Equal(string name, byte[] actual) =>
        Assert.Equal(File.ReadAllText(Path.Join(AppContext.BaseDirectory, "Golden", name)), Encoding.UTF8.GetString(actual));
}
