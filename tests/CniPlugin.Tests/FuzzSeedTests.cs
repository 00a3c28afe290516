using Weft.Fuzz;

namespace Weft.CniPlugin.Tests;

/// <summary>What fuzzing starts from and what it has found: each input of tests/Fuzz/Seeds keeps the property of its target.</summary>
public sealed class FuzzSeedTests
{
    private static readonly string Seeds = Path.Join(AppContext.BaseDirectory, "Seeds");

    public static TheoryData<string> Inputs => [.. NamesOf("stdin")];

    public static TheoryData<string> Arguments => [.. NamesOf("args")];

    [Theory]
    [MemberData(nameof(Inputs))]
    public void An_input_that_fuzzing_begins_with_or_has_found_is_refused_properly(string name) =>
        CniTargets.Input(File.ReadAllBytes(Path.Join(Seeds, "stdin", name)));

    [Theory]
    [MemberData(nameof(Arguments))]
    public void Arguments_that_fuzzing_begins_with_or_has_found_are_refused_properly(string name) =>
        CniTargets.Arguments(File.ReadAllBytes(Path.Join(Seeds, "args", name)));

    private static IEnumerable<string> NamesOf(string target) => Directory.GetFiles(Path.Join(Seeds, target)).Select(static f => Path.GetFileName(f)).Order();
}
