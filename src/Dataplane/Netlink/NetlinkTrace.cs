namespace Weft.Dataplane.Netlink;

/// <summary>WEFT_NETLINK_TRACE=1 prints what is sent, decoded to its operations, to standard error. For developers; may change.</summary>
internal static class NetlinkTrace
{
    private static readonly bool Enabled = Environment.GetEnvironmentVariable("WEFT_NETLINK_TRACE") == "1";

    public static void Sent(NetlinkBatch batch)
    {
        if (Enabled)
        {
            Console.Error.Write($"netlink: {batch.Length} bytes\n{batch}");
        }
    }
}
