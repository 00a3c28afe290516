namespace Weft.Dataplane.Route;

/// <summary>An address of an interface, to add or to remove.</summary>
public sealed record AddressSpec
{
    /// <summary>The interface's index.</summary>
    public required int LinkIndex { get; init; }

    /// <summary>The address and its prefix.</summary>
    public required InterfaceAddress Address { get; init; }

    /// <summary>IFA_F_NODAD: usable at once, without duplicate address detection (IPv6).</summary>
    public bool NoDad { get; init; } = true;

    /// <summary>IFA_F_NOPREFIXROUTE: the kernel makes no route to the prefix.</summary>
    public bool NoPrefixRoute { get; init; }

    /// <summary>How far it reaches; the kernel works it out itself for IPv6.</summary>
    public RouteScope Scope { get; init; }

    /// <summary>Who set it (IFA_PROTO); 0: not said. Kernels before 5.18 forget it.</summary>
    public byte Protocol { get; init; }
}
