namespace Weft.Policy.Model;

/// <summary>Which policies are asked first. Host policies are about nodes and stand beside the others.</summary>
public enum PolicyTier
{
    Admin,
    NetworkPolicy,
    Baseline,
    Host,
}
