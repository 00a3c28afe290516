namespace Weft.CniPlugin.Tests.Kernel;

/// <summary>What kernel tests need: skips them without, or fails them where WEFT_KERNEL_TESTS=required says that all must run.</summary>
internal static class KernelRequirement
{
    public static void Root()
    {
        if (!Environment.IsPrivilegedProcess && Environment.GetEnvironmentVariable("WEFT_KERNEL_TESTS") == "required")
        {
            Assert.Fail("WEFT_KERNEL_TESTS=required, but this test needs root, to make network namespaces");
        }
        Skip.IfNot(Environment.IsPrivilegedProcess, "needs root, to make network namespaces");
    }
}
