using Xunit.Sdk;

namespace Weft.TestSupport;

/// <summary>As <see cref="KernelFactAttribute"/>, for a theory.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Xunit.Sdk.SkippableTheoryDiscoverer", "Xunit.SkippableFact")]
public sealed class KernelTheoryAttribute : SkippableTheoryAttribute
{
    public KernelTheoryAttribute() => Skip = KernelFactAttribute.SkipReason;
}
