namespace Weft.NetDaemon.Api;

/// <summary>How many addresses of a block are in which state.</summary>
/// <param name="Used">Held by attachments.</param>
/// <param name="Cooling">Released, waiting before they are used again.</param>
/// <param name="Size">That may be handed out at all, used and cooling ones included.</param>
internal readonly record struct AddressCounts(uint Used, uint Cooling, uint Size);
