namespace Weft.Manifests.Yaml;

/// <summary>Every problem found in some texts, so that a person mends them in one go. Not thread-safe.</summary>
public sealed class ProblemList
{
    /// <summary>Problems that are shown; of more, only the count is.</summary>
    public const int Shown = 50;

    private readonly List<Problem> _problems = [];

    public int Count => _problems.Count;

    public bool IsEmpty => _problems.Count == 0;

    public IReadOnlyList<Problem> All => _problems;

    public void Add(string source, int line, string path, string text) => _problems.Add(new Problem(source, line, path, text));

    /// <summary>One problem a line, by file in the order met and then by line.</summary>
    public override string ToString()
    {
        List<string> sources = [.. _problems.Select(problem => problem.Source).Distinct()];
        IEnumerable<string> lines = _problems
            .OrderBy(problem => sources.IndexOf(problem.Source))
            .ThenBy(problem => problem.Line)
            .Take(Shown)
            .Select(problem => problem.ToString());
        return string.Join('\n', Count > Shown ? lines.Append($"and {Count - Shown} more problems") : lines);
    }
}
