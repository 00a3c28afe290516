namespace Weft.NetDaemon.Attachments;

/// <param name="Attachments">By id, so in the order of their ADDs.</param>
/// <param name="Released">In the order of their release; none of them belongs to an attachment.</param>
internal sealed record LedgerContents(IReadOnlyList<AttachmentRecord> Attachments, IReadOnlyList<ReleasedAddress> Released);
