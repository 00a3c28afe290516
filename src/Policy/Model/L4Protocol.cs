namespace Weft.Policy.Model;

/// <summary>Protocol inside IP, by its assigned number (IANA protocol numbers). Any other number is a valid value too.</summary>
public enum L4Protocol : byte
{
    Icmp = 1,
    Tcp = 6,
    Udp = 17,
    Icmp6 = 58,
    Sctp = 132,
}
