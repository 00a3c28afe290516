using System.Net;

namespace Weft.CniPlugin.Results;

/// <param name="Address">The address itself.</param>
/// <param name="PrefixLength">Bits.</param>
/// <param name="Gateway">Of the same family, or null.</param>
/// <param name="InterfaceIndex">Position in the result's interfaces, or null: nothing is said about it.</param>
internal sealed record ResultAddress(IPAddress Address, int PrefixLength, IPAddress? Gateway, int? InterfaceIndex);
