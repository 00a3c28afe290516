using System.Net;

namespace Weft.Dataplane.Route;

/// <summary>An address as interfaces carry it: "10.0.0.7/24" keeps the host bits, unlike a prefix.</summary>
/// <param name="Address">IPv4 or IPv6.</param>
/// <param name="PrefixLength">Bits, 0 to 32 or 128.</param>
public readonly record struct InterfaceAddress(IPAddress Address, int PrefixLength)
{
    /// <summary>"10.0.0.7/24".</summary>
    public override string ToString() => $"{Address}/{PrefixLength}";
}
