using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Weft.NetDaemon.Attachments.Containerd;

namespace Weft.NetDaemon.Attachments;

/// <summary>Reads the labels that a container has in containerd. Thread-safe.</summary>
internal sealed class ContainerLabels(TimeProvider time, ILogger<ContainerLabels> logger)
{
    /// <summary>An ADD waits no longer for labels, however slow containerd is.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private const string NamespaceHeader = "containerd-namespace";

    private readonly Lock _lock = new();
    private readonly HashSet<string> _silent = new(StringComparer.Ordinal);

    /// <summary>The container's labels, perhaps none; null when containerd does not know it (yet) or does not answer in time. Never throws.</summary>
    /// <param name="address">Path of containerd's socket.</param>
    /// <param name="containerId">CNI_CONTAINERID.</param>
    /// <param name="cancellationToken">Ends the search early, with null.</param>
    public async Task<IReadOnlyDictionary<string, string>?> FindAsync(string address, string containerId, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        // A connection of its own each time: containerd may have been restarted since, and one costs about a millisecond.
        using GrpcChannel channel = Connect(address);
        var containers = new Containers.ContainersClient(channel);
        try
        {
            IReadOnlyDictionary<string, string>? found = null;
            foreach (ContainerCandidate candidate in ContainerCandidate.Of(containerId))
            {
                found = await AskAsync(containers, candidate, either.Token);
                if (found is not null)
                {
                    break;
                }
            }
            Answered(address);
            return found;
        }
        catch (RpcException e)
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                Silent(address, patience.IsCancellationRequested ? $"no answer within {Patience.TotalSeconds:0} s" : e.Status.Detail);
            }
            return null;
        }
    }

    private static async Task<IReadOnlyDictionary<string, string>?> AskAsync(
        Containers.ContainersClient containers, ContainerCandidate candidate, CancellationToken cancellationToken)
    {
        try
        {
            GetContainerResponse response = await containers.GetAsync(
                new GetContainerRequest { Id = candidate.Id },
                new CallOptions(new Metadata { { NamespaceHeader, candidate.Namespace } }, cancellationToken: cancellationToken));
            return response.Container?.Labels.ToDictionary(StringComparer.Ordinal);
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.NotFound or StatusCode.InvalidArgument)
        {
            return null;
        }
    }

    private static GrpcChannel Connect(string address)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await connection.ConnectAsync(new UnixDomainSocketEndPoint(address), cancellationToken);
                    return new NetworkStream(connection, ownsSocket: true);
                }
                catch
                {
                    connection.Dispose();
                    throw;
                }
            },
        };
        // The host name only fills the :authority header.
        return GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
    }

    private void Answered(string address)
    {
        lock (_lock)
        {
            _silent.Remove(address);
        }
    }

    /// <summary>Says so once, until it has answered again: every ADD of this configuration would say the same.</summary>
    private void Silent(string address, string problem)
    {
        lock (_lock)
        {
            if (!_silent.Add(address))
            {
                return;
            }
        }
        AttachmentLog.NoLabels(logger, address, problem);
    }
}
