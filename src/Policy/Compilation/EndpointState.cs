using Weft.Policy.Model;

namespace Weft.Policy.Compilation;

/// <summary>An endpoint, the selectors that match it, and its classes if it is on this node.</summary>
internal sealed class EndpointState(PolicyEndpoint endpoint, NamespaceState home)
{
    public PolicyEndpoint Endpoint => endpoint;

    public NamespaceState Namespace => home;

    public HashSet<SelectorState> Selectors { get; set; } = [];

    public ClassState? Ingress { get; set; }

    public ClassState? Egress { get; set; }

    public ClassState? Class(Direction direction) => direction == Direction.Ingress ? Ingress : Egress;

    public void SetClass(Direction direction, ClassState? to)
    {
        if (direction == Direction.Ingress)
        {
            Ingress = to;
        }
        else
        {
            Egress = to;
        }
    }
}
