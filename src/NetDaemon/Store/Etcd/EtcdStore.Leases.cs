using Grpc.Core;
using Weft.NetDaemon.Store.Etcd.Wire;

namespace Weft.NetDaemon.Store.Etcd;

internal sealed partial class EtcdStore
{
    /// <inheritdoc/>
    /// <remarks>etcd counts whole seconds, and takes 2 at least: a shorter time is rounded up.</remarks>
    public async ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeToLive, TimeSpan.FromMilliseconds(1));
        var request = new LeaseGrantRequest { Ttl = (long)Math.Ceiling(timeToLive.TotalSeconds) };
        // Repeatable: a lease that nobody heard of expires with nothing in it.
        EtcdAnswer<LeaseGrantResponse> answer = await _calls.CallAsync(
            "grant a lease", repeatable: true, (member, options) => new Lease.LeaseClient(member).LeaseGrantAsync(request, options), cancellationToken);
        return answer.Message.Id;
    }

    public async ValueTask<bool> KeepAliveAsync(long lease, CancellationToken cancellationToken)
    {
        EtcdAnswer<LeaseKeepAliveResponse> answer = await _calls.CallAsync(
            $"keep lease {lease} alive", repeatable: true, (member, options) => KeepAliveOnce(member, options, lease), cancellationToken);
        return answer.Message.Ttl > 0;
    }

    public async ValueTask RevokeLeaseAsync(long lease, CancellationToken cancellationToken)
    {
        try
        {
            await _calls.CallAsync(
                $"end lease {lease}", repeatable: true,
                (member, options) => new Lease.LeaseClient(member).LeaseRevokeAsync(new LeaseRevokeRequest { Id = lease }, options), cancellationToken);
        }
        catch (StoreException e) when (e.InnerException is RpcException { StatusCode: StatusCode.NotFound })
        {
            // It has ended already.
        }
    }

    /// <summary>etcd has keep-alives as a stream only; one question and one answer of it look like any other call.</summary>
    private static AsyncUnaryCall<LeaseKeepAliveResponse> KeepAliveOnce(CallInvoker member, CallOptions options, long lease)
    {
        AsyncDuplexStreamingCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> stream = new Lease.LeaseClient(member).LeaseKeepAlive(options);
        return new AsyncUnaryCall<LeaseKeepAliveResponse>(
            AskAsync(), stream.ResponseHeadersAsync, stream.GetStatus, stream.GetTrailers, stream.Dispose);

        async Task<LeaseKeepAliveResponse> AskAsync()
        {
            using (stream)
            {
                await stream.RequestStream.WriteAsync(new LeaseKeepAliveRequest { Id = lease }, options.CancellationToken);
                return await stream.ResponseStream.MoveNext(options.CancellationToken)
                    ? stream.ResponseStream.Current
                    : throw new RpcException(new Status(StatusCode.Unavailable, "the stream ended without an answer"));
            }
        }
    }
}
