using System.Net;
using Weft.CniPlugin.Configuration;
using Weft.CniPlugin.Errors;
using Weft.CniPlugin.Results;
using Weft.CniPlugin.Tuning;
using Weft.Contracts.Cni;
using Weft.Dataplane.Route;

namespace Weft.CniPlugin.Wiring;

/// <summary>Everything that wiring one container needs: weftd's decisions, checked. Same reply, same plan.</summary>
internal sealed record WiringPlan
{
    private const int LongestInterfaceName = 15;    // bytes, IFNAMSIZ less the final zero
    private const int LongestAlias = 255;           // bytes, IFALIASZ less the final zero

    public required string HostInterface { get; init; }

    public required MacAddress HostMac { get; init; }

    public required string ContainerInterface { get; init; }

    public required MacAddress ContainerMac { get; init; }

    public required string Bridge { get; init; }

    public required int BridgeIndex { get; init; }

    /// <summary>The gateways' MAC.</summary>
    public required MacAddress BridgeMac { get; init; }

    /// <summary>Bytes, on both ends of the veth.</summary>
    public required int Mtu { get; init; }

    /// <summary>What an operator reads in `ip link`: "weft NETWORK/CONTAINER/INTERFACE".</summary>
    public required string Alias { get; init; }

    public required IReadOnlyList<PlannedAddress> Addresses { get; init; }

    /// <summary>All of the network's pools.</summary>
    public required IReadOnlyList<IPNetwork> Ranges { get; init; }

    public RouteWishes Routes { get; init; } = RouteWishes.Usual;

    public TuningSettings Tuning { get; init; } = TuningSettings.None;

    public bool HasIPv6
    {
        get
        {
            foreach (PlannedAddress address in Addresses)
            {
                if (!address.IsVersion4)
                {
                    return true;
                }
            }
            return false;
        }
    }

    /// <summary>This plan with what a container wants otherwise.</summary>
    public WiringPlan With(AttachmentWishes wishes) => this with { Routes = wishes.Routes, Tuning = wishes.Tuning };

    /// <exception cref="CniException">weftd's reply makes no sense; the message names every such value.</exception>
    public static WiringPlan Build(AttachReply reply, AttachmentKey key)
    {
        List<string> wrong = [];
        void Check(bool holds, string problem)
        {
            if (!holds)
            {
                wrong.Add(problem);
            }
        }
        Check(reply.HostInterface.Length is > 0 and <= LongestInterfaceName, $"host interface \"{reply.HostInterface}\"");
        Check(reply.Bridge.Length is > 0 and <= LongestInterfaceName, $"bridge \"{reply.Bridge}\"");
        Check(reply.BridgeIndex is > 0 and <= int.MaxValue, $"bridge index {reply.BridgeIndex}");
        Check(reply.HostMac.Length == MacAddress.Length, $"host MAC of {reply.HostMac.Length} bytes");
        Check(reply.ContainerMac.Length == MacAddress.Length, $"container MAC of {reply.ContainerMac.Length} bytes");
        Check(reply.BridgeMac.Length == MacAddress.Length, $"bridge MAC of {reply.BridgeMac.Length} bytes");
        Check(reply.Mtu is >= 68 and <= 65535, $"MTU {reply.Mtu}");    // RFC 791: 68 is the least; 65535 is the veth driver's most
        Check(reply.Addresses.Count > 0, "no address");
        List<PlannedAddress> addresses = [];
        foreach (Address address in reply.Addresses)
        {
            if (address.Ip.Length is 4 or 16 && address.Gateway.Length == address.Ip.Length && address.PrefixLength <= address.Ip.Length * 8)
            {
                addresses.Add(new PlannedAddress(new IPAddress(address.Ip.Span), (int)address.PrefixLength, new IPAddress(address.Gateway.Span)));
                continue;
            }
            wrong.Add($"address {address}");
        }
        List<IPNetwork> ranges = [];
        foreach (Prefix range in reply.Ranges)
        {
            if (range.Ip.Length is 4 or 16 && range.Length <= range.Ip.Length * 8)
            {
                ranges.Add(new IPNetwork(new IPAddress(range.Ip.Span), (int)range.Length));
                continue;
            }
            wrong.Add($"range {range}");
        }
        if (wrong.Count > 0)
        {
            throw new CniException(CniErrorCode.DaemonDefect,
                $"weftd's answer to Attach makes no sense: {string.Join(", ", wrong)}", "are weftd and weft-cni of the same version?");
        }
        return new WiringPlan
        {
            HostInterface = reply.HostInterface,
            HostMac = new MacAddress(reply.HostMac.Span),
            ContainerInterface = key.InterfaceName,
            ContainerMac = new MacAddress(reply.ContainerMac.Span),
            Bridge = reply.Bridge,
            BridgeIndex = (int)reply.BridgeIndex,
            BridgeMac = new MacAddress(reply.BridgeMac.Span),
            Mtu = (int)reply.Mtu,
            Alias = ToAlias(key),
            Addresses = addresses,
            Ranges = ranges,
        };
    }

    /// <summary>What the runtime is told: bridge, host end and container end, in the order that chained plugins rely on.</summary>
    /// <param name="sandbox">CNI_NETNS.</param>
    /// <param name="dns">What is passed on.</param>
    /// <param name="made">The container's routes by this interface. Those to a gateway itself are not told: they come with its address.</param>
    public CniResult ToResult(string sandbox, DnsSettings dns, IReadOnlyList<RouteSpec> made)
    {
        const int containerPosition = 2;
        List<ResultAddress> addresses = [];
        List<ResultRoute> routes = [];
        foreach (PlannedAddress address in Addresses)
        {
            addresses.Add(new ResultAddress(address.Address, address.PrefixLength, address.Gateway, containerPosition));
        }
        foreach (RouteSpec route in made)
        {
            if (route.Gateway is not null)
            {
                routes.Add(new ResultRoute(route.Destination.BaseAddress, route.Destination.PrefixLength, route.Gateway)
                {
                    Priority = route.Priority > 0 ? route.Priority : null,
                });
            }
        }
        return new CniResult(
            [
                new ResultInterface(Bridge, BridgeMac.ToString(), "", 0),
                new ResultInterface(HostInterface, HostMac.ToString(), "", (uint)Mtu),
                new ResultInterface(ContainerInterface, ContainerMac.ToString(), sandbox, (uint)Mtu),
            ],
            addresses, routes, dns);
    }

    /// <summary>The addresses whose gateways the default routes lead to.</summary>
    public IEnumerable<PlannedAddress> FirstOfEachFamily()
    {
        bool[] seen = new bool[2];
        foreach (PlannedAddress address in Addresses)
        {
            ref bool seenFamily = ref seen[address.IsVersion4 ? 0 : 1];
            if (!seenFamily)
            {
                seenFamily = true;
                yield return address;
            }
        }
    }

    private static string ToAlias(AttachmentKey key)
    {
        // All three are ASCII or short: only a very long container ID needs cutting, and it is ASCII.
        string alias = $"weft {key.Network}/{key.ContainerId}/{key.InterfaceName}";
        return alias.Length <= LongestAlias ? alias : alias[..LongestAlias];
    }
}
