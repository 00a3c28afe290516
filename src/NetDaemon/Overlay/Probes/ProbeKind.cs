namespace Weft.NetDaemon.Overlay.Probes;

/// <summary>What a probe's packet is for.</summary>
internal enum ProbeKind : byte
{
    /// <summary>Asks for an answer. Its size is what is tried.</summary>
    Ask = 1,

    /// <summary>An ask has arrived.</summary>
    Answer = 2,

    /// <summary>Asks to look out for checksum packets for some seconds.</summary>
    Listen = 3,

    /// <summary>Somebody looks out.</summary>
    Listening = 4,

    /// <summary>In a UDP datagram: its checksum is what is tried.</summary>
    Checksum = 5,

    /// <summary>A checksum packet has arrived, with the right checksum.</summary>
    Heard = 6,
}
