namespace Weft.Contracts;

/// <summary>Labels that mean something to Weft.</summary>
public static class WeftLabels
{
    /// <summary>Of a container: the Network that it asks for, where its CNI configuration leaves that open.</summary>
    public const string Network = "weft.dev/network";

    /// <summary>Of a container: what follows is the name of a port, the value its number, with "-udp" or "-sctp" behind it unless it is TCP's.</summary>
    public const string PortPrefix = "port.weft.dev/";
}
