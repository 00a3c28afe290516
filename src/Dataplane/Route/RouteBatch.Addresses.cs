using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route.Wire;

namespace Weft.Dataplane.Route;

/// <content>Addresses of interfaces.</content>
public sealed partial class RouteBatch
{
    private const uint NoDuplicateDetection = 0x02;      // IFA_F_NODAD
    private const uint NoPrefixRoute = 0x200;            // IFA_F_NOPREFIXROUTE

    /// <summary>Adds an address. Fails with EEXIST when the interface has it.</summary>
    public RouteBatch AddAddress(AddressSpec spec) => Address(RouteMessageType.NewAddress, AddFlags, "add", spec);

    /// <summary>Adds an address, or changes it when the interface has it: the flags only of IPv6.</summary>
    public RouteBatch ReplaceAddress(AddressSpec spec) => Address(RouteMessageType.NewAddress, ReplaceFlags, "replace", spec);

    /// <summary>Removes an address. Fails with EADDRNOTAVAIL when the interface does not have it.</summary>
    public RouteBatch DeleteAddress(AddressSpec spec) => Address(RouteMessageType.DeleteAddress, NetlinkMessageFlags.None, "del", spec);

    private RouteBatch Address(ushort type, NetlinkMessageFlags flags, string verb, AddressSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        byte family = WireAddress.FamilyOf(spec.Address.Address);
        // IPv4 has no duplicate detection, and shows the flag back to whoever compares.
        bool noDad = spec.NoDad && family == WireAddress.Inet6;
        uint addressFlags = (noDad ? NoDuplicateDetection : 0) | (spec.NoPrefixRoute ? NoPrefixRoute : 0);
        NetlinkWriter writer = Messages.Begin(type, flags);
        writer.WriteHeader(new AddressHeader
        {
            Family = family,
            PrefixLength = checked((byte)spec.Address.PrefixLength),
            Flags = (byte)addressFlags,
            Scope = (byte)spec.Scope,
            Index = checked((uint)spec.LinkIndex),
        });
        WireAddress.Write(ref writer, AddressAttribute.Local, spec.Address.Address);
        WireAddress.Write(ref writer, AddressAttribute.Address, spec.Address.Address);
        if (type == RouteMessageType.NewAddress)
        {
            writer.WriteUInt32(AddressAttribute.Flags, addressFlags);
            if (spec.Protocol != 0)
            {
                writer.WriteByte(AddressAttribute.Protocol, spec.Protocol);
            }
        }
        Messages.End(
            ref writer,
            $"ip address {verb} {spec.Address}{Dev(spec.LinkIndex)}"
                + (spec.Scope == RouteScope.Universe ? "" : $" scope {LinkText.Of(spec.Scope)}")
                + If(noDad, " nodad") + If(spec.NoPrefixRoute, " noprefixroute") + Proto(spec.Protocol));
        return this;
    }
}
