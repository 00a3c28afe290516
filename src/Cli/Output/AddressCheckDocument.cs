using Weft.Contracts.V1;

namespace Weft.Cli.Output;

/// <summary>`weft ipam check -o json` in the shape of the other objects, kind AddressCheck.</summary>
internal static class AddressCheckDocument
{
    public static DocObject Of(CheckAddressesReply reply) => ResourceDocument.Shape(
        "AddressCheck",
        new() { { "name", "addresses" } },
        [],
        new()
        {
            { "blocks", reply.Blocks },
            { "nodes", reply.Nodes },
            { "addresses", reply.Addresses },
            { "findings", new DocValue.List([.. reply.Findings.Select(Of)]) },
        });

    /// <summary>Leaked, Conflict, Damaged, Kernel, Stale or Unknown.</summary>
    public static string KindOf(FindingKind kind) => kind switch
    {
        FindingKind.Leaked => "Leaked",
        FindingKind.Conflict => "Conflict",
        FindingKind.Damaged => "Damaged",
        FindingKind.Kernel => "Kernel",
        FindingKind.Stale => "Stale",
        _ => "Unknown",
    };

    private static DocObject Of(AddressFinding finding) => new()
    {
        { "kind", KindOf(finding.Kind) },
        { "subject", finding.Subject },
        { "node", finding.Node },
        { "problem", finding.Problem },
        { "nextStep", finding.NextStep },
    };
}
