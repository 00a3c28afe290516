using System.Net.Sockets;
using System.Security.Authentication;
using Grpc.Core;

namespace Weft.NetDaemon.Store.Etcd;

/// <summary>
/// Reads etcd's and the connection's failures. etcd's errors are texts by contract (api/v3rpc/rpctypes/error.go): their status codes are
/// shared by several and have changed between releases.
/// </summary>
internal static class EtcdFailure
{
    public static EtcdFailureKind KindOf(RpcException e) => e switch
    {
        { Status.DebugException: HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError } }
            => EtcdFailureKind.NotConnected,
        _ when Says(e, "etcdserver: no leader") || Says(e, "etcdserver: too many requests") || Says(e, "not supported for learner") => EtcdFailureKind.NotNow,
        _ when Says(e, "invalid auth token") || Says(e, "revision of auth store is old") => EtcdFailureKind.Token,
        { StatusCode: StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Internal or StatusCode.Cancelled or StatusCode.Unknown or StatusCode.Aborted }
            => EtcdFailureKind.Unknown,
        _ => EtcdFailureKind.Final,
    };

    public static bool Says(RpcException e, string text) => e.Status.Detail.Contains(text, StringComparison.Ordinal);

    /// <summary>What went wrong, in one clause.</summary>
    public static string Reason(RpcException e)
    {
        for (Exception? inner = e.Status.DebugException; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case SocketException socket:
                    return socket.Message;
                case AuthenticationException authentication:
                    return "TLS: " + (authentication.InnerException?.Message ?? authentication.Message);
                case IOException { InnerException: null } io:
                    return io.Message;
            }
        }
        return e.StatusCode == StatusCode.DeadlineExceeded ? "it did not answer in time" : e.Status.Detail;
    }

    /// <summary>The failure for callers: names what was attempted, the endpoint and the cause.</summary>
    /// <param name="e">What happened.</param>
    /// <param name="operation">What was attempted, as in "list /weft/v1/pools/".</param>
    /// <param name="endpoint">Where it happened.</param>
    public static StoreException Translate(RpcException e, string operation, string endpoint)
    {
        string message = $"could not {operation}: etcd at {endpoint}: {Reason(e)}";
        return new StoreException(message, e) { NextStep = NextStep(e, endpoint) };
    }

    public static string NextStep(RpcException e, string endpoint) => e switch
    {
        { StatusCode: StatusCode.PermissionDenied } or { Status.Detail: "etcdserver: permission denied" } =>
            $"grant the user's role readwrite on the prefix {StoreKeys.Root} (etcdctl role grant-permission ROLE --prefix=true readwrite {StoreKeys.Root})",
        _ when Says(e, "user name is empty") => "etcd has authentication on: give --etcd-user and --etcd-password-file",
        _ when Says(e, "authentication failed") => "check --etcd-user and the password in the file of --etcd-password-file",
        _ when Says(e, "invalid auth token") => "check the members' --auth-token option; weftd tries again",
        _ when Says(e, "database space exceeded") => "compact and defragment etcd, then disarm its alarm (etcdctl alarm list); weftd goes on by itself then",
        _ when Says(e, "too many operations") => "start etcd with --max-txn-ops of 128 or more",
        _ when Says(e, "too large") => "store less in one object, or raise etcd's --max-request-bytes",
        _ when Says(e, "lease not found") => "take a new lease",
        _ when IsTls(e) => "check --etcd-ca, --etcd-cert and --etcd-key, and that the server's certificate names the host in --etcd-endpoints",
        _ when IsCutOverTls(e, endpoint) =>
            "check that etcd runs and, if it demands a certificate of its clients (--client-cert-auth), that one which it trusts is given with --etcd-cert and --etcd-key",
        _ => $"check that etcd runs and has a leader (etcdctl --endpoints {endpoint} endpoint status), and --etcd-endpoints; weftd goes on by itself then",
    };

    /// <summary>
    /// With TLS 1.3 a client's handshake is over before the server has looked at its certificate: one that is missing shows as a connection
    /// that ends without an answer (RFC 8446, 4.4.2.4).
    /// </summary>
    private static bool IsCutOverTls(RpcException e, string endpoint) =>
        endpoint.StartsWith("https:", StringComparison.Ordinal) && e.Status.DebugException is not null && e.StatusCode != StatusCode.DeadlineExceeded
        && KindOf(e) == EtcdFailureKind.Unknown;

    private static bool IsTls(RpcException e)
    {
        for (Exception? inner = e.Status.DebugException; inner is not null; inner = inner.InnerException)
        {
            if (inner is AuthenticationException || inner.GetType().Name.StartsWith("SslException", StringComparison.Ordinal)
                || inner.Message.Contains("SSL", StringComparison.Ordinal))
            {
                return true;
            }
        }
        return false;
    }
}
