namespace Weft.Scripts.Tests;

/// <summary>What a test needs from the machine: skips it, or fails it where WEFT_KERNEL_TESTS=required says that all must run.</summary>
internal static class Requires
{
    public static void Root() => Need(Environment.IsPrivilegedProcess, "needs root, to make namespaces");

    public static void BuiltPrograms() =>
        Need(File.Exists(Repository.File("out/.built")), "needs the programs in out/: run scripts/build");

    private static void Need(bool met, string why)
    {
        if (!met && Environment.GetEnvironmentVariable("WEFT_KERNEL_TESTS") == "required")
        {
            Assert.Fail($"WEFT_KERNEL_TESTS=required, but this test {why}");
        }
        Skip.IfNot(met, why);
    }
}
