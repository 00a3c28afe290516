namespace Weft.Cli.Output;

/// <summary>What changed between two texts, line by line, in the unified format of diff(1).</summary>
internal static class UnifiedDiff
{
    private const int Context = 3;

    // Beyond so many changed lines the shortest edit is not looked for: all between the first and the last of them is shown as replaced.
    private const int MaximumEdits = 1000;

    private enum Edit
    {
        Keep,
        Remove,
        Add,
    }

    /// <summary>The hunks, without file names; none when the texts are equal.</summary>
    public static IEnumerable<string> Hunks(IReadOnlyList<string> before, IReadOnlyList<string> after)
    {
        List<(Edit Edit, string Line)> script = Script(before, after);
        (int oldLine, int newLine) = (0, 0);
        for (int i = 0; i < script.Count;)
        {
            int change = script.FindIndex(i, step => step.Edit != Edit.Keep);
            if (change < 0)
            {
                yield break;
            }
            int start = Math.Max(i, change - Context);
            (oldLine, newLine) = (oldLine + start - i, newLine + start - i);
            int end = EndOfHunk(script, change);
            int removed = 0, added = 0;
            for (int at = start; at < end; at++)
            {
                removed += script[at].Edit == Edit.Add ? 0 : 1;
                added += script[at].Edit == Edit.Remove ? 0 : 1;
            }
            yield return $"@@ -{Range(oldLine, removed)} +{Range(newLine, added)} @@";
            for (int at = start; at < end; at++)
            {
                yield return script[at].Edit switch { Edit.Remove => "-", Edit.Add => "+", _ => " " } + script[at].Line;
            }
            (oldLine, newLine, i) = (oldLine + removed, newLine + added, end);
        }
    }

    /// <summary>Hunks whose context would touch are one.</summary>
    private static int EndOfHunk(List<(Edit Edit, string Line)> script, int change)
    {
        int last = change;
        for (int at = change; at < script.Count && at - last <= 2 * Context; at++)
        {
            last = script[at].Edit == Edit.Keep ? last : at;
        }
        return Math.Min(script.Count, last + Context + 1);
    }

    /// <summary>A hunk's place: an empty range is told by the line before it.</summary>
    private static string Range(int before, int count) => count switch { 1 => $"{before + 1}", 0 => $"{before},0", _ => $"{before + 1},{count}" };

    private static List<(Edit Edit, string Line)> Script(IReadOnlyList<string> before, IReadOnlyList<string> after)
    {
        int head = 0;
        while (head < before.Count && head < after.Count && before[head] == after[head])
        {
            head++;
        }
        int tail = 0;
        while (tail < before.Count - head && tail < after.Count - head && before[^(tail + 1)] == after[^(tail + 1)])
        {
            tail++;
        }
        string[] old = [.. before.Skip(head).Take(before.Count - head - tail)];
        string[] now = [.. after.Skip(head).Take(after.Count - head - tail)];
        return
        [
            .. before.Take(head).Select(line => (Edit.Keep, line)),
            .. ShortestEdit(old, now) ?? [.. old.Select(line => (Edit.Remove, line)), .. now.Select(line => (Edit.Add, line))],
            .. before.Skip(before.Count - tail).Select(line => (Edit.Keep, line)),
        ];
    }

    /// <summary>Myers' greedy algorithm ("An O(ND) Difference Algorithm", 1986); null beyond <see cref="MaximumEdits"/>.</summary>
    private static List<(Edit Edit, string Line)>? ShortestEdit(string[] old, string[] now)
    {
        List<int[]> trace = [];     // per number of edits d: how far each diagonal -d to d reached before
        int[] reached = [0, 0, 0];
        for (int d = 0; d <= Math.Min(MaximumEdits, old.Length + now.Length); d++)
        {
            int[] next = new int[(2 * d) + 3];
            trace.Add(reached);
            for (int k = -d; k <= d; k += 2)
            {
                // Index of diagonal k in an array for -d-1 to d+1.
                int x = d == 0 ? 0 : IsDown(reached, k, d) ? reached[k + 1 + d] : reached[k - 1 + d] + 1;
                while (x < old.Length && x - k < now.Length && old[x] == now[x - k])
                {
                    x++;
                }
                next[k + d + 1] = x;
                if (x >= old.Length && x - k >= now.Length)
                {
                    return Walk(trace, old, now, d);
                }
            }
            reached = next;
        }
        return null;
    }

    /// <summary>Whether the furthest way to diagonal k ends with an added line; <paramref name="reached"/> is of d - 1 edits.</summary>
    private static bool IsDown(int[] reached, int k, int d) => k == -d || (k != d && reached[k - 1 + d] < reached[k + 1 + d]);

    private static List<(Edit Edit, string Line)> Walk(List<int[]> trace, string[] old, string[] now, int edits)
    {
        List<(Edit, string)> backwards = [];
        (int x, int y) = (old.Length, now.Length);
        for (int d = edits; d >= 0; d--)
        {
            int k = x - y;
            bool down = d > 0 && IsDown(trace[d], k, d);
            int fromX = d == 0 ? 0 : down ? trace[d][k + 1 + d] : trace[d][k - 1 + d];
            int afterEdit = d == 0 ? 0 : down ? fromX : fromX + 1;
            while (x > afterEdit)
            {
                backwards.Add((Edit.Keep, old[--x]));
                y--;
            }
            if (d > 0)
            {
                backwards.Add(down ? (Edit.Add, now[--y]) : (Edit.Remove, old[--x]));
            }
        }
        backwards.Reverse();
        return backwards;
    }
}
