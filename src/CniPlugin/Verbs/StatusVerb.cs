using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Daemon;
using Weft.Contracts.Cni;

namespace Weft.CniPlugin.Verbs;

/// <summary>STATUS: could an ADD be served now? Succeeds silently when it could.</summary>
internal static class StatusVerb
{
    public static void Run(NetworkConfiguration configuration)
    {
        using DaemonClient daemon = DaemonClient.Connect(configuration.Socket, DaemonClient.PromptReply);
        daemon.Do(new Request { Status = new StatusRequest { Network = configuration.Name, WeftNetwork = configuration.WeftNetwork } });
    }
}
