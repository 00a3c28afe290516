using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Daemon;
using Weft.Contracts.Cni;

namespace Weft.CniPlugin.Verbs;

/// <summary>STATUS: could an ADD be served now? Succeeds silently when it could.</summary>
internal static class StatusVerb
{
    /// <param name="configuration">The configuration.</param>
    /// <param name="ranges">Its ranges, or empty.</param>
    /// <param name="template">What it says of its network, or null.</param>
    public static void Run(NetworkConfiguration configuration, IReadOnlyList<AddressRange> ranges, NetworkTemplate? template)
    {
        var status = new StatusRequest { Network = configuration.Name, WeftNetwork = configuration.WeftNetwork, Template = template };
        status.Ranges.AddRange(ranges);
        using DaemonClient daemon = DaemonClient.Connect(configuration.Socket, DaemonClient.PromptReply);
        daemon.Do(new Request { Status = status });
    }
}
