namespace Weft.Dataplane.Netlink;

/// <summary>Bytes that should be netlink are not: a length runs over the end, or a value has the wrong size.</summary>
public sealed class MalformedNetlinkException(string message) : Exception(message);
