namespace Weft.Dataplane.Nftables;

/// <summary>Flags of a TCP header (RFC 9293 section 3.1).</summary>
[Flags]
public enum TcpFlag : byte
{
    /// <summary>No more data.</summary>
    Fin = 1,

    /// <summary>Synchronise sequence numbers.</summary>
    Syn = 2,

    /// <summary>Reset.</summary>
    Rst = 4,

    /// <summary>Push.</summary>
    Psh = 8,

    /// <summary>Acknowledgement.</summary>
    Ack = 16,

    /// <summary>Urgent.</summary>
    Urg = 32,
}
