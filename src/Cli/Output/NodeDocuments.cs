using Weft.Contracts.V1;

namespace Weft.Cli.Output;

/// <summary>What `weft node drain` and `weft node forget` print of a node.</summary>
internal static class NodeDocuments
{
    public static DocObject OfDrain(string name, DrainNodeReply reply) => ResourceDocument.Shape(
        "NodeDrain",
        new() { { "name", name } },
        [],
        new()
        {
            { "drained", Commands.DrainCommand.IsEmpty(reply) },
            { "changed", reply.Changed },
            { "state", ReadinessOf(reply.Readiness) },
            { "blocks", reply.Blocks },
            { "movedAddresses", reply.Moved },
            { "endpoints", ListOf(reply.Endpoints) },
        });

    public static DocObject OfForget(string name, bool dryRun, ForgetNodeReply reply) => ResourceDocument.Shape(
        "NodeForget",
        new() { { "name", name } },
        [],
        new()
        {
            { "dryRun", dryRun },
            { "number", reply.Number },
            { "state", ReadinessOf(reply.Readiness) },
            { "blocks", DocValue.ListOf(reply.Blocks) },
            { "movedAddresses", DocValue.ListOf(reply.Moved) },
            { "addressesInUse", reply.Addresses },
            { "imports", DocValue.ListOf(reply.Imports) },
            { "endpoints", ListOf(reply.Endpoints) },
        });

    public static TextTable EndpointTable(IEnumerable<Endpoint> endpoints) =>
        ResourceTable.Build("Endpoint", endpoints.Select(endpoint => new Resource { Endpoint = endpoint }), wide: false);

    private static DocValue.List ListOf(IEnumerable<Endpoint> endpoints) =>
        new([.. endpoints.Select(endpoint => ResourceDocument.Of(new Resource { Endpoint = endpoint }))]);

    private static string ReadinessOf(NodeReadiness readiness) => ResourceDocument.StateOf(new Node { Readiness = readiness });
}
