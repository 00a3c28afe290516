namespace Weft.NetDaemon.Kernel;

/// <summary>A way that packets take through the node.</summary>
/// <param name="Incoming">Name of the interface that they come in by.</param>
/// <param name="Outgoing">Name of the interface that they leave by.</param>
/// <param name="Shown">Whose packets these are, for messages: "from containers of network default to the outside".</param>
internal readonly record struct ForwardedPath(string Incoming, string Outgoing, string Shown);
