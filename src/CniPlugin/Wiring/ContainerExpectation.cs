using System.Net;
using System.Net.Sockets;
using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Results;
using Weft.Contracts.Cni;
using Weft.Dataplane.Route;

namespace Weft.CniPlugin.Wiring;

/// <summary>What CHECK expects to find inside a container.</summary>
internal sealed record ContainerExpectation
{
    public required string InterfaceName { get; init; }

    /// <summary>Null: any.</summary>
    public required MacAddress? Mac { get; init; }

    /// <summary>Bytes that the MTU may be at most; 0: any.</summary>
    public uint LargestMtu { get; init; }

    /// <summary>Bytes that the MTU must be at least; 0: any.</summary>
    public uint SmallestMtu { get; init; }

    public required IReadOnlyList<(IPAddress Address, int PrefixLength)> Addresses { get; init; }

    /// <summary>Routes that the container must have by the interface.</summary>
    public required IReadOnlyList<(IPNetwork Destination, IPAddress Gateway)> Routes { get; init; }

    /// <summary>The MAC that gateways must have as neighbours; null: any.</summary>
    public required MacAddress? GatewayMac { get; init; }

    /// <param name="previous">prevResult.</param>
    /// <param name="interfaceName">CNI_IFNAME.</param>
    /// <param name="attached">What weftd gave to ADD, or null.</param>
    public static ContainerExpectation From(CniResult previous, string interfaceName, AttachReply? attached)
    {
        int position = -1;
        for (int i = 0; i < previous.Interfaces.Count && position < 0; i++)
        {
            // The node's side may have an interface of the same name, but no sandbox.
            if (previous.Interfaces[i].Name == interfaceName && previous.Interfaces[i].Sandbox.Length > 0)
            {
                position = i;
            }
        }
        List<(IPAddress Address, int PrefixLength)> addresses = [];
        List<(IPNetwork Destination, IPAddress Gateway)> routes = [];
        foreach (ResultAddress address in previous.Addresses)
        {
            // What belongs to no interface of the list is ours only when weftd gave it: another plugin may have added it.
            if (address.InterfaceIndex is null ? attached is null || IsGiven(address.Address, attached) : address.InterfaceIndex == position)
            {
                addresses.Add((address.Address, address.PrefixLength));
            }
        }
        foreach (ResultRoute route in previous.Routes)
        {
            if (route.Gateway is not null && IsOurs(route.Gateway, attached))
            {
                routes.Add((new IPNetwork(AddressRangeReader.Masked(route.Destination, route.PrefixLength), route.PrefixLength), route.Gateway));
            }
        }
        uint saidMtu = position >= 0 ? previous.Interfaces[position].Mtu : 0;
        return new ContainerExpectation
        {
            InterfaceName = interfaceName,
            // Before CNI 1.1 prevResult does not say it: then a later plugin may have made it smaller, never larger.
            LargestMtu = saidMtu != 0 ? saidMtu : attached?.Mtu ?? 0,
            SmallestMtu = saidMtu,
            Mac = position >= 0 && MacAddress.TryParse(previous.Interfaces[position].Mac, out MacAddress mac) ? mac : null,
            Addresses = addresses,
            Routes = routes,
            GatewayMac = attached is { BridgeMac.Length: MacAddress.Length } ? new MacAddress(attached.BridgeMac.Span) : null,
        };
    }

    /// <summary>Every difference, one sentence each; none when all is well.</summary>
    public List<string> Compare(ContainerState state)
    {
        List<string> problems = [];
        if (!state.Exists)
        {
            problems.Add($"the container has no interface {InterfaceName}");
            return problems;
        }
        if (!state.IsUp)
        {
            problems.Add($"{InterfaceName} in the container is down, and should be up");
        }
        if (Mac is { } wanted && state.Mac != wanted)
        {
            problems.Add($"{InterfaceName} in the container has MAC {state.Mac}, and should have {wanted}");
        }
        if ((LargestMtu != 0 && state.Mtu > LargestMtu) || state.Mtu < SmallestMtu)
        {
            problems.Add($"{InterfaceName} in the container has MTU {state.Mtu}, and should have {LargestMtu}");
        }
        foreach ((IPAddress address, int length) in Addresses)
        {
            if (!Contains(state.Addresses, (address, length)))
            {
                problems.Add($"{InterfaceName} in the container lacks its address {address}/{length}");
            }
        }
        List<IPAddress> gateways = [];
        foreach ((IPNetwork destination, IPAddress gateway) in Routes)
        {
            if (!Contains(state.Routes, (destination, gateway)))
            {
                problems.Add($"the container lacks its {Text(destination)} via {gateway} dev {InterfaceName}");
            }
            if (GatewayMac is { } mac && !gateways.Contains(gateway) && !Contains(state.Neighbours, (gateway, mac)))
            {
                problems.Add($"the container lacks its neighbour entry {gateway} lladdr {mac} dev {InterfaceName}");
            }
            gateways.Add(gateway);
        }
        return problems;
    }

    private static string Text(IPNetwork destination) =>
        destination.PrefixLength > 0 ? $"route to {destination}"
        : destination.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? "IPv4 default route"
        : "IPv6 default route";

    private static bool IsGiven(IPAddress ip, AttachReply attached)
    {
        foreach (Address address in attached.Addresses)
        {
            if (address.Ip.Length is 4 or 16 && new IPAddress(address.Ip.Span).Equals(ip))
            {
                return true;
            }
        }
        return false;
    }

    // Routes that other plugins added, via gateways of other interfaces, are theirs to check.
    private static bool IsOurs(IPAddress gateway, AttachReply? attached)
    {
        foreach (Address address in attached?.Addresses ?? [])
        {
            if (address.Gateway.Length is 4 or 16 && new IPAddress(address.Gateway.Span).Equals(gateway))
            {
                return true;
            }
        }
        return false;
    }

    private static bool Contains<T>(IReadOnlyList<T> list, T wanted)
    {
        foreach (T item in list)
        {
            if (EqualityComparer<T>.Default.Equals(item, wanted))
            {
                return true;
            }
        }
        return false;
    }
}
