using CsCheck;
using Weft.Cli.Output;

namespace Weft.Cli.Tests;

public sealed class UnifiedDiffTests
{
    private static readonly Gen<string[]> Lines = Gen.Int[0, 3].Select(i => "abcd"[i].ToString()).Array[0, 40];

    [Fact]
    public void Equal_texts_have_no_hunks() => Lines.Sample(lines => Assert.Empty(UnifiedDiff.Hunks(lines, lines)));

    /// <summary>Property: what diff prints, patch makes into the new text; an independent reading of the format.</summary>
    [Fact]
    public void The_hunks_make_one_text_from_the_other() => Gen.Select(Lines, Lines).Sample((before, after) =>
    {
        List<string> made = [];
        int read = 0;
        foreach (string line in UnifiedDiff.Hunks(before, after))
        {
            switch (line[0])
            {
                case '@':
                    string[] range = line.Split(' ')[1][1..].Split(',');
                    int start = int.Parse(range[0], null) - (range is [_, "0"] ? 0 : 1);
                    made.AddRange(before[read..start]);
                    read = start;
                    Assert.Equal(int.Parse(line.Split(' ')[2][1..].Split(',')[0], null) - (line.Split(' ')[2].EndsWith(",0", StringComparison.Ordinal) ? 0 : 1), made.Count);
                    break;
                case '+':
                    made.Add(line[1..]);
                    break;
                default:
                    Assert.Equal(before[read++], line[1..]);
                    if (line[0] == ' ')
                    {
                        made.Add(line[1..]);
                    }
                    break;
            }
        }
        Assert.Equal(after, made.Concat(before[read..]));
    });

    [Fact]
    public void The_shortest_edit_is_found() => Gen.Select(Lines, Lines).Sample((before, after) =>
        Assert.Equal(
            before.Length + after.Length - (2 * LongestCommon(before, after)),
            UnifiedDiff.Hunks(before, after).Count(line => line[0] is '+' or '-')));

    [Fact]
    public void Long_texts_that_have_nothing_in_common_are_replaced_whole() => Assert.Equal(
        1 + 40_000, UnifiedDiff.Hunks([.. Enumerable.Range(0, 20_000).Select(i => $"a{i}")], [.. Enumerable.Range(0, 20_000).Select(i => $"b{i}")]).Count());

    private static int LongestCommon(string[] a, string[] b)
    {
        int[,] length = new int[a.Length + 1, b.Length + 1];
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                length[i, j] = a[i - 1] == b[j - 1] ? length[i - 1, j - 1] + 1 : Math.Max(length[i - 1, j], length[i, j - 1]);
            }
        }
        return length[a.Length, b.Length];
    }
}
