using System.Net;

namespace Weft.CniPlugin.Results;

/// <param name="Destination">First address of the destination.</param>
/// <param name="PrefixLength">Bits.</param>
/// <param name="Gateway">Next hop, or null: the gateway of the address, as the specification says.</param>
internal sealed record ResultRoute(IPAddress Destination, int PrefixLength, IPAddress? Gateway);
