using System.Net;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Statements;

/// <summary><c>ip saddr 10.0.0.0/8</c>.</summary>
internal sealed class PrefixMatch : SelectorStatement
{
    private readonly IPNetwork _network;
    private readonly bool _negated;

    public PrefixMatch(NftSelector selector, IPNetwork network, bool negated) : base(selector)
    {
        if (network.BaseAddress.GetAddressBytes().Length != selector.Type.Length)
        {
            throw new ArgumentException($"{network} is not a range of {selector}", nameof(network));
        }
        _network = network;
        _negated = negated;
    }

    public override string ToString() => $"{Selector} {(_negated ? "!= " : "")}{_network}";

    internal override void Write(ref NetlinkWriter writer, RuleContext context)
    {
        Selector.RequireAndLoad(ref writer, context);
        byte[] address = _network.BaseAddress.GetAddressBytes();
        if (_network.PrefixLength < address.Length * 8)
        {
            byte[] mask = new byte[address.Length];
            for (int bit = 0; bit < _network.PrefixLength; bit++)
            {
                mask[bit / 8] |= (byte)(0x80 >> (bit % 8));
            }
            Expressions.Mask(ref writer, 0, mask);
        }
        Expressions.Compare(ref writer, 0, _negated ? NftComparison.NotEqual : NftComparison.Equal, address);
    }
}
