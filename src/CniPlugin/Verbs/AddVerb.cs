using Google.Protobuf;
using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Daemon;
using Weft.CniPlugin.Invocation;
using Weft.CniPlugin.Results;
using Weft.CniPlugin.Tuning;
using Weft.CniPlugin.Wiring;
using Weft.Contracts.Cni;
using Weft.Dataplane;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Route;

namespace Weft.CniPlugin.Verbs;

/// <summary>
/// ADD: weftd decides (Attach), the plugin wires, weftd keeps it (Commit). All on one connection: should the plugin be killed
/// in between, the connection closes, and weftd undoes both halves.
/// </summary>
internal static class AddVerb
{
    /// <summary>
    /// Attaches the container and hands the result, in the format of the configuration's version, to <paramref name="answer"/>;
    /// if that throws, all is undone. <paramref name="log"/> takes a line for the runtime's log when something was not as usual.
    /// </summary>
    public static void Run(
        CniInvocation invocation, NetworkConfiguration configuration, AttachmentWishes wishes, CniResult? previous, Action<byte[]> answer, Action<string> log)
    {
        using NetworkNamespace container = ContainerNamespace.Open(invocation);
        AttachRequest request = ToRequest(invocation, configuration, wishes);
        ContainerTuning tuning = ContainerTuning.Prepare(container, invocation, wishes.Tuning, request.Key, configuration.Socket);
        using var wiring = ContainerWiring.Prepare(container, invocation.InterfaceName, invocation.Netns);
        using DaemonClient daemon = DaemonClient.Connect(configuration.Socket, DaemonClient.PatientReply);
        AttachReply reply = daemon.Attach(request);
        // What takes the attachment back: until Commit an Abort, then a Detach, as if the runtime had said DEL.
        var takeBack = new Request { Abort = new AbortRequest { AttachmentId = reply.AttachmentId } };
        try
        {
            WiringPlan plan = WiringPlan.Build(reply, request.Key).With(wishes);
            if (plan.HasIPv6)
            {
                tuning.RequireIPv6();
            }
            IReadOnlyList<RouteSpec> routes = wiring.Apply(plan);
            tuning.Apply();
            daemon.Do(new Request { Commit = new CommitRequest { AttachmentId = reply.AttachmentId } });
            takeBack = new Request { Detach = new DetachRequest { Key = request.Key } };
            CniResult own = plan.ToResult(invocation.Netns, wishes.Dns, routes);
            answer(ResultWriter.Write(previous?.Followed(own) ?? own, configuration.Version));
        }
        catch
        {
            tuning.Undo(log);
            Undo(wiring, daemon, takeBack, log);
            throw;
        }
    }

    /// <summary>Undoes what it can, and logs what it cannot: the runtime gets the error that led here, and sends a DEL next.</summary>
    private static void Undo(ContainerWiring wiring, DaemonClient daemon, Request takeBack, Action<string> log)
    {
        try
        {
            wiring.Undo();
        }
        catch (KernelException e)
        {
            log($"ADD: cannot undo the wiring: {e.Message}");
        }
        try
        {
            daemon.Do(takeBack);
        }
        catch (Exception e) when (e is DaemonUnreachableException or DaemonRefusedException)
        {
            log($"ADD: {takeBack.CallCase} failed: {e.Message}");
        }
    }

    private static AttachRequest ToRequest(CniInvocation invocation, NetworkConfiguration configuration, AttachmentWishes wishes)
    {
        var request = new AttachRequest
        {
            Key = new AttachmentKey
            {
                Network = configuration.Name,
                ContainerId = invocation.ContainerId,
                InterfaceName = invocation.InterfaceName,
            },
            Netns = invocation.Netns,
            WeftNetwork = configuration.WeftNetwork,
            EndpointNamespace = invocation.Arguments.PodNamespace ?? "",
            EndpointName = invocation.Arguments.PodName ?? "",
            PodUid = invocation.Arguments.PodUid ?? "",
            ContainerdAddress = configuration.ContainerdAddress,
        };
        foreach (KeyValuePair<string, string> label in wishes.Labels)
        {
            request.Labels.Add(label.Key, label.Value);
        }
        if (invocation.Arguments.Network is { } network)
        {
            request.Labels.TryAdd(Contracts.WeftLabels.Network, network);      // args.cni.labels counts before CNI_ARGS
        }
        if (wishes.Mac is { } mac)
        {
            request.Mac = ByteString.CopyFrom(mac.ToByteArray());
        }
        foreach (System.Net.IPAddress address in wishes.Addresses)
        {
            request.Addresses.Add(ByteString.CopyFrom(address.GetAddressBytes()));
        }
        request.Options = new AttachmentOptions { Bandwidth = wishes.Bandwidth, CgroupPath = wishes.CgroupPath };
        request.Options.Ports.AddRange(wishes.Ports);
        request.Options.Aliases.AddRange(wishes.Aliases);
        request.Ranges.AddRange(wishes.Ranges);
        request.Template = wishes.Template;
        request.ExactAddresses = wishes.Exact;
        request.Mtu = (uint)wishes.Mtu;
        return request;
    }
}
