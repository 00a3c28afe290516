namespace Weft.Policy.Model;

/// <summary>Seen from the endpoint that a policy selects.</summary>
public enum Direction
{
    Ingress,
    Egress,
}
