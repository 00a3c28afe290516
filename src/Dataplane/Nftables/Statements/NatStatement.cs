using System.Net;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary><c>dnat ip to 10.0.0.1:8080</c>.</summary>
internal sealed class NatStatement(bool destination, IPAddress address, ushort? port, NftNatFlags flags) : NftStatement
{
    internal const uint ProtoSpecified = 0x2;       // NF_NAT_RANGE_PROTO_SPECIFIED

    private bool IsIpv4 => address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;

    public override string ToString() =>
        $"{(destination ? "dnat" : "snat")} {(IsIpv4 ? "ip" : "ip6")} to " +
        (port is { } number ? new IPEndPoint(address, number).ToString() : address.ToString()) + Print(flags);

    internal static string Print(NftNatFlags flags) => string.Concat(
        Enum.GetValues<NftNatFlags>().Where(flag => flag != 0 && flags.HasFlag(flag)).Select(static flag => " " + NftText.Dashed(flag.ToString())));

    internal override void Write(ref NetlinkWriter writer, RuleContext context)
    {
        // No test for the family: the kernel's expression lets packets of the other one pass by.
        Expressions.Immediate(ref writer, 0, address.GetAddressBytes());
        if (port is { } number)
        {
            Expressions.Immediate(ref writer, 4, NftValue.Port(number).Bytes);
        }
        Expressions.Nat(
            ref writer,
            destination,
            IsIpv4 ? NftFamily.Ip : NftFamily.Ip6,
            0,
            port is null ? null : 4,
            (uint)flags | (port is null ? 0 : ProtoSpecified));
    }
}
