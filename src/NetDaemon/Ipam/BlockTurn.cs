using System.Net;

namespace Weft.NetDaemon.Ipam;

/// <summary>The circumstances in which an address whose turn it is, is looked for.</summary>
/// <param name="Now">Wall time.</param>
/// <param name="Allows">Which addresses may be given; null: all.</param>
/// <param name="KeptSince">Addresses that an owner released after this moment are kept for it; null: none are.</param>
internal readonly record struct BlockTurn(DateTimeOffset Now, Func<IPAddress, bool>? Allows = null, DateTimeOffset? KeptSince = null);
