using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Weft.CriClient.Runtime;

namespace Weft.CriClient;

/// <summary>CRI calls over a container runtime's Unix socket. Not safe for use by several threads.</summary>
internal sealed class RuntimeClient : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly RuntimeService.RuntimeServiceClient _client;
    private readonly TimeSpan _timeout;

    /// <param name="socket">Path of the runtime's socket. Nothing connects before the first call.</param>
    /// <param name="timeout">Longest that one call may take.</param>
    public RuntimeClient(string socket, TimeSpan timeout)
    {
        _timeout = timeout;
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellationToken);
                    return new NetworkStream(connection, ownsSocket: true);
                }
                catch
                {
                    connection.Dispose();
                    throw;
                }
            },
        };
        // The host name only fills the :authority header: with another than "localhost" some runtimes refuse the call.
        _channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
        _client = new RuntimeService.RuntimeServiceClient(_channel);
    }

    private CallOptions Call => new(deadline: DateTime.UtcNow + _timeout);

    public VersionResponse Version() => _client.Version(new VersionRequest(), Call);

    public IReadOnlyList<RuntimeCondition> Status() => _client.Status(new StatusRequest(), Call).Status.Conditions;

    public string RunPod(PodSandboxConfig config) =>
        _client.RunPodSandbox(new RunPodSandboxRequest { Config = config }, Call).PodSandboxId;

    public PodSandboxStatusResponse PodStatus(string pod, bool verbose) =>
        _client.PodSandboxStatus(new PodSandboxStatusRequest { PodSandboxId = pod, Verbose = verbose }, Call);

    public IReadOnlyList<PodSandbox> Pods() => _client.ListPodSandbox(new ListPodSandboxRequest(), Call).Items;

    public void StopPod(string pod) => _client.StopPodSandbox(new StopPodSandboxRequest { PodSandboxId = pod }, Call);

    public void RemovePod(string pod) => _client.RemovePodSandbox(new RemovePodSandboxRequest { PodSandboxId = pod }, Call);

    public string StartContainer(string pod, PodSandboxConfig podConfig, ContainerConfig config)
    {
        string container = _client.CreateContainer(
            new CreateContainerRequest { PodSandboxId = pod, Config = config, SandboxConfig = podConfig }, Call).ContainerId;
        _client.StartContainer(new StartContainerRequest { ContainerId = container }, Call);
        return container;
    }

    public ExecSyncResponse Execute(string container, IEnumerable<string> command)
    {
        var request = new ExecSyncRequest { ContainerId = container, Timeout = (long)_timeout.TotalSeconds };
        request.Cmd.AddRange(command);
        return _client.ExecSync(request, Call);
    }

    public void Dispose() => _channel.Dispose();
}
