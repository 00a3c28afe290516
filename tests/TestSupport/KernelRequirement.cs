namespace Weft.TestSupport;

/// <summary>
/// What a test needs from the machine. Where it is missing the test is skipped, with the reason; with WEFT_KERNEL_TESTS=required, as in
/// CI, it fails instead.
/// </summary>
public static class KernelRequirement
{
    /// <summary>Whether a missing requirement is a failure.</summary>
    public static bool Required { get; } = Environment.GetEnvironmentVariable("WEFT_KERNEL_TESTS") == "required";

    /// <summary>Network namespaces can only be made by root.</summary>
    public static void Root() => Need(Environment.IsPrivilegedProcess, "needs root, to make network namespaces");

    /// <summary>Something that every machine that runs kernel tests should have: a program, root, the kernel's headers.</summary>
    public static void Need(bool present, string reason)
    {
        if (!present && Required)
        {
            throw new InvalidOperationException($"WEFT_KERNEL_TESTS=required, but this test {reason}");
        }
        Skip.IfNot(present, reason);
    }

    /// <summary>A program on PATH.</summary>
    public static void Program(string name) => Need(ProgramOnPath(name) is not null, $"needs the program {name} on PATH");

    /// <summary>
    /// Something that a kernel may lack by its configuration or age: always a skip, because nothing on the machine can be set right.
    /// </summary>
    public static void KernelFeature(bool present, string feature) => Skip.IfNot(present, $"this kernel has no {feature}");

    /// <summary>The program's path, or null.</summary>
    public static string? ProgramOnPath(string name)
    {
        string path = Environment.GetEnvironmentVariable("PATH") ?? "";
        foreach (string folder in $"{path}:/usr/sbin:/sbin".Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            string candidate = Path.Combine(folder, name);
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }
        return null;
    }
}
