namespace Weft.Dataplane.Packets;

/// <summary>What the kernel says of a frame's transport checksum (struct virtio_net_hdr, linux/virtio_net.h).</summary>
public enum ChecksumState
{
    /// <summary>Nobody has looked at it.</summary>
    Unknown,

    /// <summary>It is left to the device to fill in; of a received frame: it never left this machine, so nothing could be damaged.</summary>
    LeftToDevice,

    /// <summary>It was checked, and is right.</summary>
    Good,
}
