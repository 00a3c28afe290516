namespace Weft.Dataplane.TrafficControl;

/// <summary>A queueing discipline as the kernel describes it.</summary>
public sealed record QdiscInfo
{
    /// <summary>Interface index of its link.</summary>
    public int LinkIndex { get; internal set; }

    /// <summary>"tbf", "htb", "bfifo", "clsact", ...</summary>
    public string Kind { get; internal set; } = "";

    /// <summary>Its handle: major number in the upper 16 bits.</summary>
    public uint Handle { get; internal set; }

    /// <summary>Whether it is the one that all of the link's outgoing traffic passes.</summary>
    public bool IsRoot { get; internal set; }

    /// <summary>Minor number of the class of "1:" that it belongs to; 0: none.</summary>
    public ushort ClassMinor { get; internal set; }

    /// <summary>Of a tbf: its limit.</summary>
    public RateLimit? Limit { get; internal set; }

    /// <summary>Of a tbf or bfifo: bytes that may wait in it.</summary>
    public uint QueueBytes { get; internal set; }
}
