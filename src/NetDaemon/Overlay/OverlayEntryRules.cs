using Weft.Dataplane.Nftables;

namespace Weft.NetDaemon.Overlay;

/// <summary>What the overlays ask of each packet that arrives.</summary>
/// <param name="First">Before all else.</param>
/// <param name="Last">After what is asked without overlays, too.</param>
internal sealed record OverlayEntryRules(NftRule[] First, NftRule[] Last);
