using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Daemon;
using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Invocation;
using Weft.CniPlugin.Results;
using Weft.CniPlugin.Wiring;
using Weft.Contracts.Cni;
using Weft.Dataplane.Namespaces;

namespace Weft.CniPlugin.Verbs;

/// <summary>
/// CHECK: is the attachment as ADD left it? weftd looks at the node's side, the plugin into the container. What prevResult says
/// counts there, because later plugins of the list may have changed it (tuning sets another MAC).
/// </summary>
internal static class CheckVerb
{
    public static void Run(CniInvocation invocation, NetworkConfiguration configuration, ProblemList problems)
    {
        CniResult? previous = configuration.PreviousResult is { } json ? PreviousResultReader.Read(json, problems) : null;
        if (previous is null)
        {
            problems.Add(CniErrorCode.InvalidConfiguration, "\"prevResult\" is missing: CHECK needs the result of ADD");
        }
        problems.ThrowIfAny();

        using NetworkNamespace container = ContainerNamespace.Open(invocation);
        using DaemonClient daemon = DaemonClient.Connect(configuration.Socket, DaemonClient.PatientReply);
        CheckReply reply = daemon.Check(new CheckRequest
        {
            Key = new AttachmentKey
            {
                Network = configuration.Name,
                ContainerId = invocation.ContainerId,
                InterfaceName = invocation.InterfaceName,
            },
        });
        foreach (string problem in reply.Problems)
        {
            problems.Add(CniErrorCode.CheckFailed, problem);
        }
        ContainerExpectation expected = ContainerExpectation.From(previous!, invocation.InterfaceName, reply.Expected);
        foreach (string problem in expected.Compare(ContainerState.Read(container, invocation.InterfaceName)))
        {
            problems.Add(CniErrorCode.CheckFailed, problem);
        }
        problems.ThrowIfAny();
    }
}
