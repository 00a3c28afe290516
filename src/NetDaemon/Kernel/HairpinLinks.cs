using System.Net;
using Weft.Dataplane;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Attachments;
using Weft.NetDaemon.Networks;

namespace Weft.NetDaemon.Kernel;

/// <summary>
/// While br_netfilter is on: lets what the node translated come back to the bridge that it came from.
/// <code>
///  container --> weft1, prerouting: published port becomes a container's address
///            --> rule: iif weft1 lookup 87000001 --> 10.83.0.0/26 dev weft1h
///            --> inet forward, as ever --> weft1h (macvlan on weft1) --> weft1 --> container
/// </code>
/// br_netfilter translates while the bridge has the packet. When the route then leaves by that bridge, the kernel takes the packet for
/// bridged and hands it from port to port, and isolated ports do not take it (br_nf_pre_routing_finish, net/bridge/br_netfilter_hooks.c).
/// With another device in the route, it goes up to be routed, and what the node sends into its own bridge no isolation keeps out. Nobody
/// answers on this link, so every container has a permanent neighbour there. The rule is there while a container of the network publishes a port: with a rule of anybody's,
/// the kernel looks up each packet's way by walking all rules, and its sender's as well (fib_validate_source, net/ipv4/fib_frontend.c).
/// </summary>
internal sealed partial class HairpinLinks(RouteSocket socket, NetworkNamespace? within)
{
    private readonly HashSet<Cidr> _blocks = [];
    private readonly Dictionary<IPAddress, (string Network, MacAddress Mac, bool Publishes)> _containers = [];
    private readonly Dictionary<string, (HairpinPath Path, int Link)> _paths = new(StringComparer.Ordinal);     // those that are there, by network
    private NetworkSnapshot _networks = NetworkSnapshot.Empty;
    private IReadOnlyDictionary<string, int> _bridges = new Dictionary<string, int>();
    private volatile HashSet<int> _indexes = [];
    private volatile bool _on;

    /// <summary>Single addresses of this node's blocks that live on other nodes: they do not come back to their bridge.</summary>
    public IReadOnlySet<Cidr> MovedAway { get; set; } = new HashSet<Cidr>();

    /// <summary>Whether the links are wanted, as of the last look. Needs no lock.</summary>
    public bool AreWanted => _on;

    /// <summary>Interface indexes of the links, as of the last look. Needs no lock.</summary>
    public IReadOnlyCollection<int> Indexes => _indexes;

    /// <summary>Gives an attachment's addresses their neighbours, if br_netfilter is on; follows the switch if somebody has turned it.</summary>
    /// <param name="attachment">The attachment.</param>
    /// <param name="blocks">The blocks that its addresses are of.</param>
    /// <returns>What could not be done, one sentence each. Nothing else depends on it.</returns>
    public IReadOnlyList<string> Permit(AttachmentRecord attachment, IReadOnlyList<Cidr> blocks)
    {
        Cidr[] fresh = [.. blocks.Where(_blocks.Add)];
        bool known = NeedsRules(attachment.WeftNetwork);
        Remember(attachment);
        try
        {
            if (BridgeNetfilter.IsOn(within) != _on)
            {
                return Look().Problems;
            }
            if (!_on || !_paths.TryGetValue(attachment.WeftNetwork, out (HairpinPath Path, int Link) own))
            {
                return [];
            }
            var batch = new RouteBatch();
            foreach (IPAddress address in attachment.Addresses.Select(a => a.Address))
            {
                batch.ReplaceNeighbour(Neighbour(address, own.Link));
            }
            foreach (Cidr block in fresh.Where(own.Path.Holds))
            {
                batch.ReplaceRoute(own.Path.Route(block, own.Link));
            }
            if (!known && NeedsRules(attachment.WeftNetwork))
            {
                foreach (RuleSpec rule in own.Path.Rules)
                {
                    batch.AddRule(rule);
                }
            }
            // A rule may be there already: left by a container that went since the last look.
            return [.. socket.TryExecute(batch).Where(f => f.Errno != Errno.EEXIST).Select(f => f.Message)];
        }
        catch (KernelException e)
        {
            return [e.Message];
        }
    }

    /// <summary>Queues what takes an attachment's neighbours away, if there are any, and with the last published port of a network its rules.</summary>
    public void Forget(AttachmentRecord attachment, RouteBatch batch)
    {
        bool there = _paths.TryGetValue(attachment.WeftNetwork, out (HairpinPath Path, int Link) own);
        bool needed = NeedsRules(attachment.WeftNetwork);
        foreach (IPAddress address in attachment.Addresses.Select(a => a.Address))
        {
            if (_containers.Remove(address) && there)
            {
                batch.DeleteNeighbour(new NeighbourSpec { LinkIndex = own.Link, Address = address });
            }
        }
        if (there && needed && !NeedsRules(attachment.WeftNetwork))
        {
            foreach (RuleSpec rule in own.Path.Rules)
            {
                batch.DeleteRule(rule);
            }
        }
    }

    /// <summary>What is missing of an attachment's way, one sentence each; nothing while br_netfilter is off.</summary>
    /// <exception cref="KernelException">The kernel did not answer.</exception>
    public IEnumerable<string> Inspect(AttachmentRecord attachment)
    {
        if (!_on || !_networks.TryGet(attachment.WeftNetwork, out NetworkView? network) || socket.LinkByName(network.Bridge) is not { } bridge)
        {
            yield break;
        }
        var path = new HairpinPath(network, bridge.Index);
        if (socket.LinkByName(path.Name) is not { } link || !HairpinPath.IsOurs(link))
        {
            yield return $"the link {path.Name}, by which containers of {bridge.Name} reach ports published here while br_netfilter is on, is missing";
            yield break;
        }
        if (!link.IsUp)
        {
            yield return $"the link {link.Name} is down, and should be up";
        }
        List<RuleInfo> rules = socket.Rules();
        foreach (IPAddress address in attachment.Addresses.Select(a => a.Address))
        {
            if (NeedsRules(network.Name) && !rules.Any(r => path.Rules.Any(s => s.Family == address.AddressFamily && IsSame(r, s))))
            {
                yield return $"the rule for {address}, iif {bridge.Name} lookup {path.Table}, is missing";
            }
            if (!socket.Routes(address.AddressFamily, path.Table, RouteProtocol.Weft).Any(r => r.LinkIndex == link.Index && r.Destination.Contains(address)))
            {
                yield return $"the route to {address} by {link.Name} is missing in table {path.Table}";
            }
            var mac = new MacAddress(attachment.ContainerMac.Span);
            if (!socket.Neighbours(address.AddressFamily, link.Index).Any(n => n.Address.Equals(address) && n.Mac == mac && n.State.HasFlag(NeighbourState.Permanent)))
            {
                yield return $"the neighbour entry {address} at {mac} on {link.Name} is missing";
            }
        }
    }

    /// <summary>Whether the node translates packets of a network's containers to another of them: the one place that decides it.</summary>
    private bool NeedsRules(string network) => _containers.Values.Any(c => c.Publishes && c.Network == network);

    private void Remember(AttachmentRecord attachment)
    {
        foreach (IPAddress address in attachment.Addresses.Select(a => a.Address))
        {
            _containers[address] = (attachment.WeftNetwork, new MacAddress(attachment.ContainerMac.Span), attachment.Options.Ports.Count > 0);
        }
    }

    private NeighbourSpec Neighbour(IPAddress address, int link) => new() { LinkIndex = link, Address = address, Mac = _containers[address].Mac };

    private static bool IsSame(RuleInfo rule, RuleSpec spec) =>
        rule.Protocol == spec.Protocol && rule.Family == spec.Family && rule.Priority == spec.Priority && rule.Table == spec.Table
        && rule.InputInterface == spec.InputInterface && rule.Action == spec.Action
        && rule is { Mark: null, From: null, To: null, OutputInterface: null };
}
