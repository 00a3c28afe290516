namespace Weft.Cli.Output;

/// <summary>What `apply -o json` and `delete -o json` print.</summary>
internal static class ChangeDocument
{
    public static DocObject Of(bool dryRun, IEnumerable<(string Kind, string Name, string Outcome)> results) => new()
    {
        { "apiVersion", ResourceDocument.ApiVersion },
        { "kind", "ChangeList" },
        { "dryRun", dryRun },
        {
            "items",
            new DocValue.List([.. results.Select(result => new DocObject
            {
                { "kind", result.Kind },
                { "name", result.Name },
                { "outcome", result.Outcome },
            })])
        },
    };
}
