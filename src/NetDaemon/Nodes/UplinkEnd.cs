using System.Net;

namespace Weft.NetDaemon.Nodes;

/// <summary>What the way out is for one family.</summary>
/// <param name="Link">Interface name.</param>
/// <param name="Mtu">Bytes.</param>
/// <param name="Own">Addresses that it has, the best first.</param>
/// <param name="Published">What other nodes are told.</param>
/// <param name="Segments">Prefixes that its addresses are in; none of a single address.</param>
internal sealed record UplinkEnd(string Link, int Mtu, IReadOnlyList<IPAddress> Own, IReadOnlyList<IPAddress> Published, IReadOnlyList<IPNetwork> Segments);
