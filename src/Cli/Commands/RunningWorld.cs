using Weft.Cli.Daemon;
using Weft.Contracts.V1;
using Weft.Policy.Model;
using Weft.Policy.Objects;

namespace Weft.Cli.Commands;

/// <summary>What a running weftd has of everything that policy is judged from.</summary>
internal static class RunningWorld
{
    private static readonly string[] Kinds =
    [
        PolicyKinds.Namespace, PolicyKinds.NetworkSet, PolicyKinds.NetworkPolicy, PolicyKinds.ClusterNetworkPolicy, PolicyKinds.HostPolicy, PolicyKinds.Node, PolicyKinds.Endpoint,
    ];

    /// <exception cref="CliException">The daemon did not answer, or has what cannot be read.</exception>
    public static async Task<PolicyWorld> ReadAsync(DaemonConnection connection, CancellationToken cancellationToken)
    {
        var read = new PolicyManifests();
        List<Endpoint> endpoints = [];
        foreach (string kind in Kinds)
        {
            ListReply reply = await connection.CallAsync((client, options) => client.ListAsync(new ListRequest { Kind = kind }, options), cancellationToken);
            foreach (Resource item in reply.Items)
            {
                Add(item, read, endpoints);
            }
        }
        try
        {
            read.Endpoints.AddRange(endpoints.Select(EndpointReader.Read));
        }
        catch (FormatException e)
        {
            throw new CliException(ExitCode.Failed, $"weft: an endpoint cannot be read: {e.Message}; see `weft get endpoints`");
        }
        return read.ToWorld();
    }

    private static void Add(Resource item, PolicyManifests into, List<Endpoint> endpoints)
    {
        switch (item.ObjectCase)
        {
            case Resource.ObjectOneofCase.Namespace:
                into.Namespaces.Add(item.Namespace);
                break;
            case Resource.ObjectOneofCase.NetworkSet:
                into.NetworkSets.Add(item.NetworkSet);
                break;
            case Resource.ObjectOneofCase.NetworkPolicy:
                into.NetworkPolicies.Add(item.NetworkPolicy);
                break;
            case Resource.ObjectOneofCase.ClusterNetworkPolicy:
                into.ClusterNetworkPolicies.Add(item.ClusterNetworkPolicy);
                break;
            case Resource.ObjectOneofCase.HostPolicy:
                into.HostPolicies.Add(item.HostPolicy);
                break;
            // One that left and still has blocks (NAME.former-N) has no address: it sends and receives nothing.
            case Resource.ObjectOneofCase.Node when item.Node.UnderlayAddresses.Count > 0:
                into.Nodes.Add(EndpointReader.Read(item.Node));
                break;
            case Resource.ObjectOneofCase.Endpoint:
                endpoints.Add(item.Endpoint);
                break;
        }
    }
}
