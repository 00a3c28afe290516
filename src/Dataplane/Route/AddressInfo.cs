namespace Weft.Dataplane.Route;

/// <summary>An address of an interface as the kernel describes it.</summary>
public sealed record AddressInfo
{
    /// <summary>The interface's index.</summary>
    public int LinkIndex { get; internal set; }

    /// <summary>The address and its prefix.</summary>
    public InterfaceAddress Address { get; internal set; }

    /// <summary>How far it reaches.</summary>
    public RouteScope Scope { get; internal set; }

    /// <summary>IFA_F_*: 0x02 nodad, 0x08 dadfailed, 0x40 tentative, 0x80 permanent, 0x200 noprefixroute.</summary>
    public uint Flags { get; internal set; }

    /// <summary>IFA_F_NODAD.</summary>
    public bool NoDad => (Flags & 0x02) != 0;

    /// <summary>IFA_F_TENTATIVE: duplicate address detection is not over, the address is not usable yet.</summary>
    public bool IsTentative => (Flags & 0x40) != 0;

    /// <summary>IFA_F_NOPREFIXROUTE.</summary>
    public bool NoPrefixRoute => (Flags & 0x200) != 0;

    /// <summary>Who set it (IFA_PROTO); 0: not said.</summary>
    public byte Protocol { get; internal set; }
}
