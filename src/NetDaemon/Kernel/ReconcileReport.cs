namespace Weft.NetDaemon.Kernel;

/// <summary>What one look at the kernel found and did.</summary>
/// <param name="Operations">Changes that were sent: 0 when everything was as it should be.</param>
/// <param name="Changes">What they were, one a line, as an operator would type them; of very many, the first ones.</param>
/// <param name="Problems">What could not be brought about, one sentence each.</param>
internal sealed record ReconcileReport(int Operations, IReadOnlyList<string> Changes, IReadOnlyList<string> Problems)
{
    public static ReconcileReport Combine(params ReadOnlySpan<ReconcileReport> reports)
    {
        int operations = 0;
        var changes = new List<string>();
        var problems = new List<string>();
        foreach (ReconcileReport report in reports)
        {
            operations += report.Operations;
            changes.AddRange(report.Changes);
            problems.AddRange(report.Problems);
        }
        return new ReconcileReport(operations, changes, problems);
    }
}
