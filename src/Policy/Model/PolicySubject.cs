using Weft.Policy.Labels;

namespace Weft.Policy.Model;

/// <summary>Whom a policy is for.</summary>
public abstract record PolicySubject
{
    public sealed record Endpoints(EndpointSelector Selector) : PolicySubject
    {
        public override string ToString() => Selector.ToString();
    }

    public sealed record Nodes(Selector Selector) : PolicySubject
    {
        public override string ToString() => $"nodes \"{Selector}\"";
    }
}
