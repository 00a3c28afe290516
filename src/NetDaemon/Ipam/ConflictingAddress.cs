using System.Net;

namespace Weft.NetDaemon.Ipam;

/// <param name="Network">The Weft Network.</param>
/// <param name="Address">The address that an attachment of this node has.</param>
/// <param name="Reason">One sentence: why this node should not have it.</param>
internal sealed record ConflictingAddress(string Network, IPAddress Address, string Reason);
