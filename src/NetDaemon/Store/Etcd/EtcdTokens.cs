using Grpc.Core;
using Weft.NetDaemon.Store.Etcd.Wire;

namespace Weft.NetDaemon.Store.Etcd;

/// <summary>The token of etcd's own authentication: fetched with user and password when it is first needed, and anew when it is refused. Thread-safe.</summary>
internal sealed class EtcdTokens(EtcdOptions options, ILogger logger) : IDisposable
{
    private readonly SemaphoreSlim _fetching = new(1, 1);
    private volatile string? _token;
    private volatile bool _off;

    /// <summary>The token, or null when no user is configured or etcd has authentication off.</summary>
    /// <exception cref="RpcException">The member did not give one.</exception>
    /// <exception cref="StoreException">The password cannot be read.</exception>
    public async ValueTask<string?> GetAsync(CallInvoker member, CancellationToken cancellationToken)
    {
        if (options.User is not { } user || _off)
        {
            return null;
        }
        if (_token is { } known)
        {
            return known;
        }
        await _fetching.WaitAsync(cancellationToken);
        try
        {
            return _token ??= await FetchAsync(member, user, cancellationToken);
        }
        catch (RpcException e) when (EtcdFailure.Says(e, "authentication is not enabled"))
        {
            _off = true;
            EtcdLog.AuthenticationOff(logger, user);
            return null;
        }
        finally
        {
            _fetching.Release();
        }
    }

    /// <summary>A token that was refused is not used again.</summary>
    public void Refused(string? token)
    {
        _off = false;
        Interlocked.CompareExchange(ref _token, null, token);
    }

    public void Dispose() => _fetching.Dispose();

    private async Task<string> FetchAsync(CallInvoker member, string user, CancellationToken cancellationToken)
    {
        AuthenticateResponse answer = await new Auth.AuthClient(member).AuthenticateAsync(
            new AuthenticateRequest { Name = user, Password = await ReadPasswordAsync(cancellationToken) },
            deadline: DateTime.UtcNow + options.AnswerTimeout, cancellationToken: cancellationToken);
        return answer.Token;
    }

    private async Task<string> ReadPasswordAsync(CancellationToken cancellationToken)
    {
        string file = options.PasswordFile ?? "";
        try
        {
            using var reader = new StreamReader(file);
            return await reader.ReadLineAsync(cancellationToken) ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StoreException($"the password file {file} cannot be read: {e.Message}", e)
            {
                NextStep = "give a file with the password on its first line with --etcd-password-file",
            };
        }
    }
}
