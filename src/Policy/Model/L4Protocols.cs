namespace Weft.Policy.Model;

/// <summary>Words for protocols.</summary>
public static class L4Protocols
{
    /// <summary>Whether it has ports that rules can name.</summary>
    public static bool HasPorts(this L4Protocol protocol) => protocol is L4Protocol.Tcp or L4Protocol.Udp or L4Protocol.Sctp;

    /// <summary>Lower case, as users type it: "tcp", "icmp", or the number.</summary>
    public static string Word(this L4Protocol protocol) =>
        Enum.IsDefined(protocol) ? protocol.ToString().ToLowerInvariant() : ((byte)protocol).ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Reads TCP, UDP or SCTP as manifests spell them.</summary>
    public static L4Protocol? FromManifest(string text) => text switch
    {
        "TCP" => L4Protocol.Tcp,
        "UDP" => L4Protocol.Udp,
        "SCTP" => L4Protocol.Sctp,
        _ => null,
    };
}
