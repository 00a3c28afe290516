using Weft.Policy.Labels;
using Weft.Policy.Model;

namespace Weft.Policy.Compilation;

/// <summary>What a set is made from.</summary>
public abstract record SetSource
{
    private SetId? _id;

    /// <summary>Addresses of the endpoints that a selector matches.</summary>
    public sealed record Endpoints(EndpointSelector Selector) : SetSource
    {
        protected override string Key => "e_" + ContentHash.Of(Selector.Text);
    }

    /// <summary>Addresses of the nodes that a selector matches.</summary>
    public sealed record Nodes(Selector Selector) : SetSource
    {
        protected override string Key => "h_" + ContentHash.Of(Selector.Text);
    }

    /// <summary>Intervals: the ranges of the NetworkSets that a selector matches.</summary>
    public sealed record NetworkSets(Selector Selector) : SetSource
    {
        protected override string Key => "s_" + ContentHash.Of(Selector.Text);
    }

    /// <summary>Intervals, exceptions taken out.</summary>
    public sealed record Ranges(AddressRanges Content) : SetSource
    {
        protected override string Key => "c_" + ContentHash.Of(Content.ToString());
    }

    /// <summary>Address, protocol and number of every port of that name.</summary>
    public sealed record NamedPort(L4Protocol? Protocol, string Name) : SetSource
    {
        protected override string Key => "n_" + ContentHash.Of($"{Protocol?.Word()}/{Name}");
    }

    public SetId Id => _id ??= new SetId(Key);

    /// <summary>Whether its elements are intervals.</summary>
    public bool HasIntervals => this is Ranges or NetworkSets;

    protected abstract string Key { get; }
}
