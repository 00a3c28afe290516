using System.Net;
using System.Net.Sockets;

namespace Weft.CniPlugin.Wiring;

/// <param name="Address">The container's own.</param>
/// <param name="PrefixLength">Bits: 32 or 128 in a routed network.</param>
/// <param name="Gateway">Of the same family; answers with the bridge's MAC.</param>
internal sealed record PlannedAddress(IPAddress Address, int PrefixLength, IPAddress Gateway)
{
    public bool IsVersion4 => Address.AddressFamily == AddressFamily.InterNetwork;
}
