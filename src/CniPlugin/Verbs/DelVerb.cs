using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Daemon;
using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Invocation;
using Weft.CniPlugin.Tuning;
using Weft.CniPlugin.Wiring;
using Weft.Contracts;
using Weft.Contracts.Cni;
using Weft.Dataplane;

namespace Weft.CniPlugin.Verbs;

/// <summary>
/// DEL: undoes an attachment, known by (network, container ID, interface) alone. The namespace may be gone, prevResult absent,
/// and so may weftd: then the link goes at once and a note tells weftd later.
/// </summary>
internal static class DelVerb
{
    /// <summary>Detaches the container. <paramref name="log"/> takes a line for the runtime's log when something was not as usual.</summary>
    public static void Run(CniInvocation invocation, NetworkConfiguration configuration, Action<string> log)
    {
        var request = new DetachRequest
        {
            Key = new AttachmentKey
            {
                Network = configuration.Name,
                ContainerId = invocation.ContainerId,
                InterfaceName = invocation.InterfaceName,
            },
        };
        try
        {
            Detach(configuration, request, log);
        }
        finally
        {
            TuningRestorer.Restore(SavedSysctls.PathOf(configuration.Socket, request.Key), invocation.Netns, log);
        }
    }

    private static void Detach(NetworkConfiguration configuration, DetachRequest request, Action<string> log)
    {
        try
        {
            using DaemonClient daemon = DaemonClient.Connect(configuration.Socket, DaemonClient.PromptReply);
            daemon.Do(new Request { Detach = request });
        }
        catch (DaemonRefusedException e) when (e.Refusal.Reason is RefusalReason.UnknownAttachment or RefusalReason.UnknownNetwork)
        {
            log($"DEL: {e.Message}: nothing to undo");
        }
        catch (DaemonUnreachableException e)
        {
            WithoutDaemon(configuration.Socket, request, e.Message, log);
        }
        catch (DaemonRefusedException e) when (e.Refusal.Reason is RefusalReason.NotReady or RefusalReason.StoreFailed)
        {
            WithoutDaemon(configuration.Socket, request, e.Message, log);
        }
    }

    private static void WithoutDaemon(string socketPath, DetachRequest request, string why, Action<string> log)
    {
        AttachmentKey key = request.Key;
        string hostInterface = WeftPaths.HostInterface(key.Network, key.ContainerId, key.InterfaceName);
        var problems = new ProblemList();
        try
        {
            HostLink.DeleteIfPresent(hostInterface);
        }
        catch (KernelException e)
        {
            problems.Add(CniErrorCode.KernelRefused, $"cannot delete {hostInterface}: {e.Message}");
        }
        // Also when the link could not be deleted: weftd will then do both.
        try
        {
            string note = DetachNote.Write(socketPath, request);
            log($"DEL: {why}; deleted {hostInterface} and left a note for weftd at {note}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add(CniErrorCode.TryAgainLater, $"{why}, and no note can be left for it: {e.Message}");
        }
        problems.ThrowIfAny();
    }
}
