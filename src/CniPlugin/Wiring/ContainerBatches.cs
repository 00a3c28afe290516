using System.Net;
using Weft.Dataplane.Route;

namespace Weft.CniPlugin.Wiring;

/// <summary>The operations of a plan inside the container.</summary>
/// <param name="plan">What weftd decided.</param>
/// <param name="index">The interface's index there.</param>
internal sealed class ContainerBatches(WiringPlan plan, int index)
{
    /// <summary>Which message of <see cref="Configure"/> switches link-local addresses off.</summary>
    public const int AddressGenerationPosition = 1;

    /// <summary>The metric of routes beside those of an earlier interface; differs for each interface, and is above IPv6's usual 1024.</summary>
    private uint LaterPriority => 2048 + (uint)index;

    /// <summary>Loopback, interface, addresses, and the gateways' MAC. May be done again.</summary>
    public RouteBatch Configure()
    {
        RouteBatch batch = new RouteBatch()
            .SetLink("lo", new LinkChange { Up = true })
            // Its own message, and before up: in one message the kernel would set the link up first, and make a link-local address.
            .SetLink(index, new LinkChange { AddressGeneration = AddressGenerationMode.None })
            .SetLink(index, new LinkChange { Up = true });
        if (plan.Tuning.ChangesLink)
        {
            batch.SetLink(index, new LinkChange
            {
                Promiscuous = plan.Tuning.Promiscuous,
                AllMulticast = plan.Tuning.AllMulticast,
                TxQueueLength = plan.Tuning.TxQueueLength,
            });
        }
        foreach (PlannedAddress address in plan.Addresses)
        {
            batch
                .ReplaceAddress(new AddressSpec { LinkIndex = index, Address = new InterfaceAddress(address.Address, address.PrefixLength) })
                .ReplaceNeighbour(new NeighbourSpec { LinkIndex = index, Address = address.Gateway, Mac = plan.BridgeMac });
        }
        return batch;
    }

    /// <summary>For each family the route to the gateway, and by it the default route, or else those to the network's ranges; and further ones.</summary>
    public List<RouteSpec> Routes()
    {
        List<RouteSpec> routes = [];
        foreach (PlannedAddress address in plan.FirstOfEachFamily())
        {
            routes.Add(new RouteSpec { Destination = new IPNetwork(address.Gateway, address.IsVersion4 ? 32 : 128), LinkIndex = index });
            if (plan.Routes.Default(address.IsVersion4))
            {
                routes.Add(Through(address, new IPNetwork(address.IsVersion4 ? IPAddress.Any : IPAddress.IPv6Any, 0)));
            }
            else
            {
                AddThrough(address, plan.Ranges, 0, routes);
            }
            AddThrough(address, plan.Routes.Further, 0, routes);
        }
        return routes;
    }

    /// <summary>
    /// What takes the place of routes that an earlier interface of the container has already: they stay the better ones, so this network's own
    /// ranges need routes too.
    /// </summary>
    /// <param name="taken">Those of <see cref="Routes"/> that were refused because they exist.</param>
    public List<RouteSpec> RoutesBeside(IEnumerable<RouteSpec> taken)
    {
        List<RouteSpec> routes = [];
        foreach (RouteSpec route in taken)
        {
            routes.Add(route with { Priority = LaterPriority });
        }
        foreach (PlannedAddress address in plan.FirstOfEachFamily())
        {
            if (plan.Routes.Default(address.IsVersion4))
            {
                AddThrough(address, plan.Ranges, LaterPriority, routes);
            }
        }
        return routes;
    }

    public static RouteBatch Add(List<RouteSpec> routes)
    {
        var batch = new RouteBatch();
        foreach (RouteSpec route in routes)
        {
            batch.AddRoute(route);
        }
        return batch;
    }

    private void AddThrough(PlannedAddress address, IReadOnlyList<IPNetwork> destinations, uint priority, List<RouteSpec> routes)
    {
        foreach (IPNetwork destination in destinations)
        {
            RouteSpec route = Through(address, destination) with { Priority = priority };
            // A further route may be one to a range too; the kernel takes each once.
            if (destination.BaseAddress.AddressFamily == address.Address.AddressFamily && !routes.Contains(route))
            {
                routes.Add(route);
            }
        }
    }

    private RouteSpec Through(PlannedAddress address, IPNetwork destination) =>
        new() { Destination = destination, Gateway = address.Gateway, LinkIndex = index };
}
