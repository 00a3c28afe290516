namespace Weft.Dataplane.Ethtool;

/// <summary>Names of the offloads that Weft switches; the kernel knows some 60 more.</summary>
public static class OffloadNames
{
    /// <summary>Checksums of sent TCP and UDP are left to the device: what breaks where a tunnel's driver gets them wrong.</summary>
    public const string TransmitChecksum = "tx-checksum-ip-generic";

    /// <summary>Checksums of received packets are checked by the device.</summary>
    public const string ReceiveChecksum = "rx-checksum";

    /// <summary>TCP over IPv4 is cut into segments by the device.</summary>
    public const string TcpSegmentation = "tx-tcp-segmentation";

    /// <summary>TCP over IPv6 is cut into segments by the device.</summary>
    public const string Tcp6Segmentation = "tx-tcp6-segmentation";

    /// <summary>Large packets are cut as late as possible, in software (GSO).</summary>
    public const string GenericSegmentation = "tx-generic-segmentation";

    /// <summary>Received segments are joined (GRO).</summary>
    public const string GenericReceive = "rx-gro";
}
