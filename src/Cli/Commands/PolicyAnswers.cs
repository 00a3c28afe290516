using Weft.Cli.Output;
using Weft.Policy.Analysis;
using Weft.Policy.Evaluation;
using Weft.Policy.Model;

namespace Weft.Cli.Commands;

/// <summary>Prints what was found out about policies: lines or a table, or one document of a list with a kind of its own.</summary>
internal static class PolicyAnswers
{
    public static void Print(TextWriter writer, string? format, IReadOnlyList<Explanation> explanations)
    {
        if (format is not null)
        {
            Documents.Write(writer, format, List("PolicyExplanationList", explanations.Select(Document)));
            return;
        }
        foreach (Explanation explanation in explanations)
        {
            writer.WriteLine(Printable.Line($"{explanation.Flow}: {(explanation.Verdict.Allowed ? "allowed" : "denied")}"));
            foreach (string line in explanation.Lines)
            {
                writer.WriteLine(Printable.Line($"  {line}"));
            }
        }
    }

    public static void Print(TextWriter writer, string? format, IReadOnlyList<Reach> reaches)
    {
        if (format is not null)
        {
            Documents.Write(writer, format, List("ReachList", reaches.Select(reach => new DocObject
            {
                { "source", reach.Source }, { "destination", reach.Destination }, { "allowed", reach.Traffic.ToString() },
            })));
            return;
        }
        var table = new TextTable("SOURCE", "DESTINATION", "ALLOWED");
        foreach (Reach reach in reaches)
        {
            table.Add(reach.Source, reach.Destination, reach.Traffic.ToString());
        }
        table.WriteTo(writer);
    }

    public static void Print(TextWriter writer, string? format, IReadOnlyList<ReachChange> changes)
    {
        if (format is not null)
        {
            Documents.Write(writer, format, List("ReachChangeList", changes.Select(change => new DocObject
            {
                { "source", change.Source }, { "destination", change.Destination }, { "before", change.Before.ToString() }, { "after", change.After.ToString() },
            })));
            return;
        }
        if (changes.Count == 0)
        {
            writer.WriteLine("no pair changes");
            return;
        }
        var table = new TextTable("SOURCE", "DESTINATION", "BEFORE", "AFTER");
        foreach (ReachChange change in changes)
        {
            table.Add(change.Source, change.Destination, change.Before.ToString(), change.After.ToString());
        }
        table.WriteTo(writer);
    }

    public static void Print(TextWriter writer, string? format, IReadOnlyList<PolicyTestResult> results)
    {
        if (format is not null)
        {
            Documents.Write(writer, format, List("PolicyTestResultList", results.Select(result => new DocObject
            {
                { "name", result.Test.Name }, { "source", result.Test.Source }, { "passed", result.Passed }, { "reason", DocValue.ListOf(result.Lines) },
            })));
            return;
        }
        foreach (PolicyTestResult result in results)
        {
            writer.WriteLine(Printable.Line($"{(result.Passed ? "ok  " : "FAIL")} {result.Test.Name}{(result.Passed ? "" : $" ({result.Test.Source})")}"));
            foreach (string line in result.Lines)
            {
                writer.WriteLine(Printable.Line($"       {line}"));
            }
        }
        writer.WriteLine($"{results.Count(result => result.Passed)} passed, {results.Count(result => !result.Passed)} failed");
    }

    public static void Print(TextWriter writer, string? format, IReadOnlyList<LintFinding> findings)
    {
        if (format is not null)
        {
            Documents.Write(writer, format, List("PolicyFindingList", findings.Select(finding => new DocObject
            {
                { "code", finding.Code }, { "policy", finding.Policy.ToString() }, { "where", finding.Where }, { "message", finding.Message },
            })));
            return;
        }
        foreach (LintFinding finding in findings)
        {
            writer.WriteLine(Printable.Line($"{finding.Policy}{(finding.Where.Length > 0 ? $", {finding.Where}" : "")}: {finding.Code}: {finding.Message}"));
        }
    }

    private static DocObject Document(Explanation explanation) => new()
    {
        { "flow", explanation.Flow.ToString() },
        { "allowed", explanation.Verdict.Allowed },
        { "allowedWithStaged", explanation.Verdict.StagedAllowed },
        { "egress", Document(explanation.Verdict.Egress) },
        { "ingress", Document(explanation.Verdict.Ingress) },
        { "lines", DocValue.ListOf(explanation.Lines) },
    };

    private static DocObject Document(SideVerdict side)
    {
        var document = new DocObject { { "allowed", side.Allowed }, { "reason", side.Reason.ToString() } };
        if (side.Policy is { } policy)
        {
            document.Add("policy", policy.ToString());
            document.Add("tier", (side.Tier ?? PolicyTier.NetworkPolicy).ToString());
        }
        if (side.Rule is { } rule)
        {
            document.Add("rule", (uint)rule.Index);
        }
        return document;
    }

    private static DocObject List(string kind, IEnumerable<DocObject> items) => new()
    {
        { "apiVersion", "weft.dev/v1" }, { "kind", kind }, { "items", new DocValue.List([.. items]) },
    };
}
