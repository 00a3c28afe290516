using System.Net;

namespace Weft.NetDaemon.Attachments;

/// <param name="Address">The container's address.</param>
/// <param name="PrefixLength">Bits of the prefix that the container is given: 32 or 128 in a routed network.</param>
/// <param name="Gateway">Next hop of the default route, of the same family.</param>
internal sealed record AttachmentAddress(IPAddress Address, int PrefixLength, IPAddress Gateway);
