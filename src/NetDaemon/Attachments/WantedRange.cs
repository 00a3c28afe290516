using System.Net;
using System.Net.Sockets;
using Weft.Contracts.Cni;
using Weft.NetDaemon.Ipam;

namespace Weft.NetDaemon.Attachments;

/// <summary>A range that a CNI configuration states, as host-local's "ranges" does; checked.</summary>
/// <param name="List">Ranges of one list are alternatives.</param>
/// <param name="Subnet">The subnet.</param>
/// <param name="Part">The part of it that addresses come from.</param>
/// <param name="Gateway">An address that nobody gets, or null.</param>
internal sealed record WantedRange(uint List, Cidr Subnet, AddressInterval Part, IPAddress? Gateway)
{
    public override string ToString() => Part == Hosts(Subnet) ? $"{Subnet}" : $"{Part}";

    /// <summary>Reads what came over cni.sock.</summary>
    /// <param name="ranges">As sent.</param>
    /// <exception cref="RefusedException">Something makes no sense; all of it is in the message.</exception>
    public static IReadOnlyList<WantedRange> Read(IEnumerable<AddressRange> ranges)
    {
        var problems = new List<string>();
        List<WantedRange> read = [.. ranges.Select(r => Read(r, problems)).OfType<WantedRange>()];
        foreach (IGrouping<uint, WantedRange> list in read.GroupBy(r => r.List).Where(l => l.Select(r => r.Subnet.Family).Distinct().Count() > 1))
        {
            problems.Add($"range list {list.Key} mixes IPv4 and IPv6 ({string.Join(", ", list)})");
        }
        return problems.Count == 0
            ? read
            : throw new RefusedException(RefusalReason.BadRequest, string.Join("; ", problems), "correct \"ranges\" in the network configuration");
    }

    /// <summary>What host-local takes for a range that says no more than its subnet: not the network's own address, nor IPv4's broadcast address.</summary>
    private static AddressInterval Hosts(Cidr subnet) => subnet.LastOffset < 2
        ? AddressInterval.Create(subnet.First, subnet.Last)
        : AddressInterval.Create(subnet.AddressAt(1), subnet.AddressAt(subnet.LastOffset - (subnet.Family == AddressFamily.InterNetwork ? 1u : 0u)));

    private static WantedRange? Read(AddressRange range, List<string> problems)
    {
        if (range.Subnet is null || range.Subnet.Ip.Length is not (4 or 16) || range.Subnet.Length > range.Subnet.Ip.Length * 8)
        {
            problems.Add($"a range of list {range.List} has no subnet");
            return null;
        }
        var network = new IPAddress(range.Subnet.Ip.Span);
        Cidr subnet = Cidr.Containing(network, (int)range.Subnet.Length);
        if (!subnet.First.Equals(network))
        {
            problems.Add($"subnet {network}/{range.Subnet.Length} has bits set beyond its prefix; write {subnet}");
            return null;
        }
        int before = problems.Count;
        IPAddress? first = Part(range.Start, "rangeStart");
        IPAddress? last = Part(range.End, "rangeEnd");
        IPAddress? gateway = Part(range.Gateway, "gateway");
        AddressInterval hosts = Hosts(subnet);
        (first, last) = (first ?? AddressNumber.ToAddress(subnet.Family, hosts.First), last ?? AddressNumber.ToAddress(subnet.Family, hosts.Last));
        if (problems.Count == before && AddressNumber.Of(first) > AddressNumber.Of(last))
        {
            problems.Add($"rangeStart {first} is above rangeEnd {last}");
        }
        return problems.Count == before ? new WantedRange(range.List, subnet, AddressInterval.Create(first, last), gateway) : null;

        IPAddress? Part(Google.Protobuf.ByteString bytes, string what)
        {
            if (bytes.IsEmpty)
            {
                return null;
            }
            IPAddress? address = bytes.Length is 4 or 16 ? new IPAddress(bytes.Span) : null;
            if (address is null || !subnet.Contains(address))
            {
                problems.Add($"{what} {(address is null ? $"of {bytes.Length} bytes" : address)} is not in subnet {subnet}");
                return null;
            }
            return address;
        }
    }
}
