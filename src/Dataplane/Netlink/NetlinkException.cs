namespace Weft.Dataplane.Netlink;

/// <summary>The kernel refused a netlink request.</summary>
public sealed class NetlinkException : KernelException
{
    /// <summary>The kernel's own sentence (NLMSGERR_ATTR_MSG), or null when it sent none.</summary>
    public string? KernelMessage { get; init; }

    /// <summary>Byte offset, from the start of the request message, of the attribute it disliked (NLMSGERR_ATTR_OFFS), or null.</summary>
    public int? Offset { get; init; }

    /// <summary>Which message of the batch it refused, counted from 0.</summary>
    public int MessageIndex { get; init; }

    /// <inheritdoc/>
    public override string Message =>
        base.Message + (KernelMessage is null ? "" : $" ({KernelMessage})") + (Offset is null ? "" : $" at byte {Offset}");
}
