using Weft.NetDaemon.Yaml;

namespace Weft.NetDaemon.Manifests;

/// <summary>Manifests that cannot be used. The message has every problem, one a line.</summary>
internal sealed class ManifestException(ProblemList problems) : Exception(problems.ToString())
{
    public IReadOnlyList<Problem> Problems { get; } = problems.All;
}
