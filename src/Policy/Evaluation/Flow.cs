using Weft.Policy.Model;

namespace Weft.Policy.Evaluation;

/// <summary>A connection to judge, as it is after service NAT and before masquerading.</summary>
/// <param name="Source">Who opens it.</param>
/// <param name="Destination">Who is asked.</param>
/// <param name="Protocol">Inside IP.</param>
/// <param name="Port">At the destination; 0 where the protocol has none.</param>
public readonly record struct Flow(Party Source, Party Destination, L4Protocol Protocol, ushort Port)
{
    public override string ToString() => $"{Source} -> {Destination} {Protocol.Word()}{(Protocol.HasPorts() ? $"/{Port}" : "")}";
}
