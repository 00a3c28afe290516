using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Daemon;
using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Tuning;
using Weft.Contracts;
using Weft.Contracts.Cni;

namespace Weft.CniPlugin.Verbs;

/// <summary>GC: undoes every attachment of this configuration that the runtime no longer knows. weftd has them all, so it does the work.</summary>
internal static class GcVerb
{
    public static void Run(NetworkConfiguration configuration, IReadOnlyList<(string ContainerId, string InterfaceName)> valid, Action<string> log)
    {
        var collect = new CollectRequest { Network = configuration.Name };
        foreach ((string containerId, string interfaceName) in valid)
        {
            collect.Valid.Add(new AttachmentKey { ContainerId = containerId, InterfaceName = interfaceName });
        }
        // Some bytes for the message around it.
        if (collect.CalculateSize() > MessageFrame.MaximumLength - 64)
        {
            // Sending a part would remove the rest.
            throw new CniException(CniErrorCode.InvalidConfiguration,
                $"{valid.Count} valid attachments are more than one message to weftd can hold ({MessageFrame.MaximumLength} bytes)");
        }
        using DaemonClient daemon = DaemonClient.Connect(configuration.Socket, DaemonClient.PatientReply);
        _ = daemon.Collect(collect);
        TuningRestorer.Forget(configuration.Socket, configuration.Name, valid, log);
    }
}
