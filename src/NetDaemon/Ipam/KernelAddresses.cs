using System.Net;

namespace Weft.NetDaemon.Ipam;

/// <summary>What the kernel has of containers.</summary>
/// <param name="Links">Names of host ends.</param>
/// <param name="Routes">Addresses that Weft routes to a bridge of its own.</param>
internal sealed record KernelAddresses(IReadOnlySet<string> Links, IReadOnlySet<IPAddress> Routes);
