using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Nftables;
using Weft.Policy.Compilation;
using Weft.Policy.Model;

namespace Weft.NetDaemon.Policies;

/// <summary>The sets and maps of table inet weft that policy is made of, and how what policies say becomes their elements. Each is there once a family.</summary>
internal static class PolicySets
{
    /// <summary>Number of a class: where to go on. Small, so that its few verdicts are cheap to change; what changes with each container is in data maps.</summary>
    public static readonly NftSet Verdicts = new("policy_classes", NftDataType.ClassId) { Data = NftDataType.Verdict };

    public static readonly AddressFamily[] Families = [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6];

    private static readonly NftSet Egress4 = Assigned("policy_egress4", NftDataType.Ipv4Address);
    private static readonly NftSet Egress6 = Assigned("policy_egress6", NftDataType.Ipv6Address);
    private static readonly NftSet Ingress4 = Assigned("policy_ingress4", NftDataType.Ipv4Address);
    private static readonly NftSet Ingress6 = Assigned("policy_ingress6", NftDataType.Ipv6Address);

    /// <summary>A container's address: number of its class.</summary>
    public static NftSet Assigned(Direction direction, AddressFamily family) => (direction, family) switch
    {
        (Direction.Egress, AddressFamily.InterNetwork) => Egress4,
        (Direction.Egress, _) => Egress6,
        (_, AddressFamily.InterNetwork) => Ingress4,
        _ => Ingress6,
    };

    /// <summary>A compiled set's part of one family.</summary>
    public static NftSet Of(SetId id, SetSource source, AddressFamily family)
    {
        NftDataType address = AddressType(family);
        return source is SetSource.NamedPort
            ? new NftSet(NameOf(id, family), NftType.Of(address, NftDataType.InetProtocol, NftDataType.InetService))
            : new NftSet(NameOf(id, family), address) { Flags = source.HasIntervals ? NftSetFlags.Interval : NftSetFlags.None };
    }

    public static string NameOf(SetId id, AddressFamily family) => $"{id}_{(family == AddressFamily.InterNetwork ? 4 : 6)}";

    /// <summary>Whether a set's elements stand for containers, of other nodes too.</summary>
    public static bool HoldsContainers(string name) => name.StartsWith("e_", StringComparison.Ordinal) || name.StartsWith("n_", StringComparison.Ordinal);

    public static NftElement Element(SetElement element) =>
        element.Protocol != 0 ? NftValue.Concat(NftValue.Address(element.Address), NftValue.Protocol((byte)element.Protocol), NftValue.Port(element.Port))
        : element.Last is { } last ? NftElement.Range(NftValue.Address(element.Address), NftValue.Address(last))
        : NftValue.Address(element.Address);

    /// <summary>The elements of one family.</summary>
    public static NftElement[] Elements(IEnumerable<SetElement> elements, AddressFamily family) => [.. elements.Where(e => e.Address.AddressFamily == family).Select(Element)];

    public static NftElement Assignment(IPAddress address, uint number) => NftElement.Map(NftValue.Address(address), NftValue.Mark(number));

    public static NftElement VerdictOf(uint number, string chain) => NftElement.Map(NftValue.Mark(number), Verdict.Jump(chain));

    private static NftSet Assigned(string name, NftDataType address) => new(name, address) { Data = NftDataType.ClassId };

    private static NftDataType AddressType(AddressFamily family) => family == AddressFamily.InterNetwork ? NftDataType.Ipv4Address : NftDataType.Ipv6Address;
}
