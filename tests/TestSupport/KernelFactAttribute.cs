using Xunit.Sdk;

namespace Weft.TestSupport;

/// <summary>A test that works in network namespaces of its own and needs root; see <see cref="KernelRequirement"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Xunit.Sdk.SkippableFactDiscoverer", "Xunit.SkippableFact")]
public sealed class KernelFactAttribute : SkippableFactAttribute
{
    public KernelFactAttribute() => Skip = SkipReason;

    /// <summary>Why kernel tests cannot run here; null: they can, or they must fail.</summary>
    internal static string? SkipReason { get; } =
        Environment.IsPrivilegedProcess || KernelRequirement.Required ? null : "needs root, to make network namespaces";
}
