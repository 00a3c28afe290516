using Weft.Policy.Labels;

namespace Weft.Policy.Model;

/// <summary>One entry of a rule's from or to.</summary>
public abstract record Peer
{
    public sealed record Endpoints(EndpointSelector Selector) : Peer
    {
        public override string ToString() => Selector.ToString();
    }

    /// <param name="Ranges">What is meant, exceptions taken out.</param>
    /// <param name="Written">As the manifest has it.</param>
    public sealed record Addresses(AddressRanges Ranges, string Written) : Peer
    {
        public override string ToString() => Written;
    }

    /// <summary>Nodes, by all of their addresses.</summary>
    public sealed record Nodes(Selector Selector) : Peer
    {
        public override string ToString() => $"nodes \"{Selector}\"";
    }

    /// <summary>The ranges of all NetworkSets with such labels.</summary>
    public sealed record NetworkSets(Selector Selector) : Peer
    {
        public override string ToString() => $"network sets \"{Selector}\"";
    }
}
