using System.Text.RegularExpressions;

namespace Weft.RuntimeTests;

/// <summary>The page of complaints.</summary>
public sealed partial class ComplaintTests
{
    [Fact]
    public void Every_complaint_has_a_test_and_every_test_that_is_named_exists()
    {
        string[] rows = [.. File.ReadLines(Path.Combine(Golden.Repository(), "docs/cni-complaints.md")).Where(line => Row().IsMatch(line))];
        Assert.Equal(Enumerable.Range(1, 20), rows.Select(r => int.Parse(Row().Match(r).Groups[1].Value)));
        ILookup<string, string> sources = Directory.EnumerateFiles(Path.Combine(Golden.Repository(), "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .ToLookup(file => Path.GetFileNameWithoutExtension(file), File.ReadAllText);
        foreach (string row in rows)
        {
            Match[] tests = [.. TestName().Matches(row).Cast<Match>()];
            Assert.True(tests.Length > 0, $"no test in {row}");
            Assert.All(tests, test => Assert.True(
                sources[test.Groups[1].Value].Any(source => source.Contains($" {test.Groups[2].Value}(", StringComparison.Ordinal)),
                $"there is no test {test.Value}"));
        }
    }

    [GeneratedRegex(@"^\| (\d+) \|")]
    private static partial Regex Row();

    [GeneratedRegex(@"`(\w+Tests)\.(\w+_\w+)`")]
    private static partial Regex TestName();
}
