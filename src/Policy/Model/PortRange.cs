namespace Weft.Policy.Model;

/// <summary>Ports from a first to a last one, both included.</summary>
public readonly record struct PortRange(ushort First, ushort Last)
{
    public static readonly PortRange All = new(0, ushort.MaxValue);

    public bool Contains(int port) => port >= First && port <= Last;

    public override string ToString() => First == Last ? $"{First}" : this == All ? "any port" : $"{First}-{Last}";
}
