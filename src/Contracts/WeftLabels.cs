namespace Weft.Contracts;

/// <summary>Labels that mean something to Weft.</summary>
public static class WeftLabels
{
    /// <summary>Of a container: the Network that it asks for, where its CNI configuration leaves that open.</summary>
    public const string Network = "weft.dev/network";
}
