namespace Weft.NetDaemon.Attachments;

/// <summary>How far an attachment has come. The numbers are in local.db: never change one.</summary>
internal enum AttachmentState
{
    /// <summary>Addresses are given; the plugin has not said that the container is wired.</summary>
    Pending = 1,

    /// <summary>Wired: lives until DEL.</summary>
    Committed = 2,
}
