namespace Weft.Policy.Model;

/// <summary>One entry of a rule's ports.</summary>
public abstract record PortRule
{
    /// <summary>Ports of one protocol by number.</summary>
    public sealed record Numbered(L4Protocol Protocol, PortRange Range) : PortRule
    {
        public override string ToString() => Range == PortRange.All ? Protocol.Word() : $"{Protocol.Word()}/{Range}";
    }

    /// <summary>What the destination calls so. A destination without such a port is not matched.</summary>
    /// <param name="Protocol">That the port must have, or null: any.</param>
    /// <param name="Name">The name.</param>
    public sealed record Named(L4Protocol? Protocol, string Name) : PortRule
    {
        public override string ToString() => Protocol is { } protocol ? $"{protocol.Word()}/{Name}" : $"port {Name}";
    }
}
