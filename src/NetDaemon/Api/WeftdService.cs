using Grpc.Core;
using Weft.Contracts.V1;
using Weft.Dataplane;
using Weft.NetDaemon.Manifests;
using Weft.NetDaemon.Policies;
using Weft.NetDaemon.Store;
using Weft.Manifests.Yaml;
using Weft.Policy.Objects;

namespace Weft.NetDaemon.Api;

/// <summary>What people's programs ask weftd. Thread-safe.</summary>
internal sealed class WeftdService(ResourceStore resources, INodeStatus status, IAddressAudit audit, PolicyDrops? drops = null) : Weftd.WeftdBase
{
    // Trailers are HTTP headers: clients accept 64 KiB of them, and gRPC spells each byte that is not ASCII with three.
    private const int MaximumDetail = 16 * 1024;

    public override Task<StatusReply> GetStatus(GetStatusRequest request, ServerCallContext context) => Task.FromResult(status.Snapshot());

    public override Task<ListReply> List(ListRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        var reply = new ListReply();
        reply.Items.AddRange(await resources.ListAsync(request.Kind, request.Name, request.Namespace, context.CancellationToken));
        return reply;
    });

    public override Task<ApplyReply> Apply(ApplyRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        var reply = new ApplyReply();
        reply.Results.AddRange(await resources.ApplyAsync(ManifestParser.Parse(request.Manifests), request.DryRun, context.CancellationToken));
        foreach (Applied result in reply.Results.Where(_ => !request.DryRun))
        {
            (result.Before, result.After) = (null, null);
        }
        return reply;
    });

    public override Task<DeleteReply> Delete(DeleteRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        var reply = new DeleteReply();
        reply.Results.AddRange(await resources.DeleteAsync(ObjectsOf(request), context.CancellationToken));
        return reply;
    });

    public override Task<ImportReply> ImportAddresses(ImportRequest request, ServerCallContext context) =>
        AnswerAsync(() =>
        {
            Node node = status.Snapshot().Node;
            return resources.ImportAsync(node.Name, node.BootId, request, context.CancellationToken);
        });

    public override Task<ForgetImportReply> ForgetImport(ForgetImportRequest request, ServerCallContext context) => AnswerAsync(async () =>
        new ForgetImportReply { Freed = await resources.ForgetImportAsync(status.Snapshot().Node.Name, request.Name, context.CancellationToken) });

    public override Task<CordonNodeReply> CordonNode(CordonNodeRequest request, ServerCallContext context) => AnswerAsync(async () =>
        new CordonNodeReply { Changed = await resources.CordonAsync(request.Name, request.Cordoned, context.CancellationToken) });

    public override Task<DrainNodeReply> DrainNode(DrainNodeRequest request, ServerCallContext context) =>
        AnswerAsync(() => resources.DrainAsync(request.Name, context.CancellationToken));

    public override Task<ForgetNodeReply> ForgetNode(ForgetNodeRequest request, ServerCallContext context) => AnswerAsync(() =>
        resources.ForgetAsync(request.Name, status.Snapshot().Node.Name, request.DryRun, request.EvenIfAlive, context.CancellationToken));

    public override Task<CheckAddressesReply> CheckAddresses(CheckAddressesRequest request, ServerCallContext context) =>
        AnswerAsync(() => audit.CheckAsync(context.CancellationToken));

    public override Task<ReleaseAddressReply> ReleaseAddress(ReleaseAddressRequest request, ServerCallContext context) => AnswerAsync(async () =>
        new ReleaseAddressReply { Freed = await audit.ReleaseAsync(request.Address, request.Network, context.CancellationToken) });

    public override Task<ListDropsReply> ListDrops(ListDropsRequest request, ServerCallContext context) =>
        AnswerAsync(() => Task.FromResult(drops?.Snapshot() ?? throw new ResourceException(RefusalReason.NotFound, "this weftd counts no drops")));

    private static IReadOnlyList<DeclaredObject> ObjectsOf(DeleteRequest request)
    {
        if (request.Manifests.Count > 0)
        {
            return request.Kind.Length == 0 && request.Name.Length == 0 && request.Namespace.Length == 0
                ? ManifestParser.ParseIdentities(request.Manifests)
                : throw new ResourceException(RefusalReason.Invalid, "a delete request has either a kind and name or manifests, not both");
        }
        if (ResourceKind.WhyReadOnly(request.Kind) is { } why)
        {
            throw new ResourceException(RefusalReason.Invalid, $"{request.Kind} {Quoted.Text(request.Name)} cannot be deleted: {why}");
        }
        if (request.Namespace.Length > 0)
        {
            ResourceStore.RequireNamespaced(request.Kind, request.Namespace);
        }
        (string home, string name) = ResourceKind.IsNamespaced(request.Kind) ? ResourceStore.SplitName(request.Name, request.Namespace) : ("", request.Name);
        home = ResourceKind.IsNamespaced(request.Kind) && home.Length == 0 ? PolicyKinds.DefaultNamespace : home;
        return ResourceKind.Writable.Contains(request.Kind)
            ? [new DeclaredIdentity(request.Kind, name, ManifestOrigin.BuiltIn("-")) { Namespace = home }]
            : throw new ResourceException(RefusalReason.Invalid, $"kind {Quoted.Text(request.Kind)} cannot be deleted; {string.Join(", ", ResourceKind.Writable)} can");
    }

    /// <summary>The one table that turns our refusals into gRPC's codes.</summary>
    private static async Task<T> AnswerAsync<T>(Func<Task<T>> answer)
    {
        try
        {
            return await answer();
        }
        catch (ManifestException e)
        {
            throw Refusal(StatusCode.InvalidArgument, e.Message);
        }
        catch (ResourceException e)
        {
            throw Refusal(e.Reason switch
            {
                RefusalReason.Invalid => StatusCode.InvalidArgument,
                RefusalReason.NotFound => StatusCode.NotFound,
                RefusalReason.InUse => StatusCode.FailedPrecondition,
                _ => StatusCode.Aborted,
            }, e.Message);
        }
        catch (KernelException e)
        {
            throw Refusal(StatusCode.Internal, $"the kernel refused to {e.Message}; see weftd's log");
        }
        catch (StoreException e)
        {
            throw Refusal(StatusCode.Unavailable, $"the store failed: {e.Message}; {e.NextStep}");
        }
    }

    private static RpcException Refusal(StatusCode code, string detail) =>
        new(new Status(code, detail.Length <= MaximumDetail ? detail : $"{detail.AsSpan(0, MaximumDetail)}\nand more"));
}
