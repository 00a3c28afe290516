using System.Net;

namespace Weft.NetDaemon.Attachments;

/// <summary>An address that an attachment had and gave back.</summary>
/// <param name="WeftNetwork">The Weft Network that it was used in.</param>
/// <param name="Address">The address.</param>
/// <param name="ReleasedAt">Wall time, in whole milliseconds.</param>
/// <param name="Owner">Who had it and may come back for it (<see cref="AttachmentRecord.Owner"/>), or null.</param>
internal sealed record ReleasedAddress(string WeftNetwork, IPAddress Address, DateTimeOffset ReleasedAt, string? Owner = null);
