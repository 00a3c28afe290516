using Weft.Manifests.Yaml;

namespace Weft.Manifests;

/// <summary>Manifests that cannot be used. The message has every problem, one a line.</summary>
public sealed class ManifestException(ProblemList problems) : Exception(problems.ToString())
{
    public IReadOnlyList<Problem> Problems { get; } = problems.All;
}
