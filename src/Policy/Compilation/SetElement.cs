using System.Net;
using Weft.Policy.Model;

namespace Weft.Policy.Compilation;

/// <summary>One element of a set.</summary>
/// <param name="Address">The address, or the first of an interval.</param>
/// <param name="Last">Last address of an interval, included; null in sets of single addresses.</param>
/// <param name="Protocol">In sets of named ports; 0 elsewhere.</param>
/// <param name="Port">In sets of named ports; 0 elsewhere.</param>
public readonly record struct SetElement(IPAddress Address, IPAddress? Last = null, L4Protocol Protocol = 0, ushort Port = 0)
{
    public override string ToString() => Last is not null ? $"{Address}-{Last}" : Protocol != 0 ? $"{Address} . {Protocol.Word()} . {Port}" : Address.ToString();
}
