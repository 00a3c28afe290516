using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route.Wire;

namespace Weft.Dataplane.Route;

/// <content>Macvlan devices.</content>
public sealed partial class RouteBatch
{
    /// <summary>
    /// Creates a macvlan device. Fails with EEXIST when the name is taken, and with EOPNOTSUPP when the kernel has no such driver.
    /// Coming up, it fails with EADDRINUSE when its address is the lower device's.
    /// </summary>
    public RouteBatch CreateMacvlan(MacvlanSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        bool up = spec.Up && spec.AddressGeneration is null;
        NetlinkWriter writer = BeginCreate(0, up);
        WriteNewLink(ref writer, spec.Name, spec.Mac, spec.Mtu, 0);
        writer.WriteInt32(LinkAttribute.Link, spec.LowerIndex);
        NestedAttribute info = writer.BeginNested(LinkAttribute.LinkInfo);
        writer.WriteString(LinkInfoAttribute.Kind, "macvlan");
        NestedAttribute data = writer.BeginNested(LinkInfoAttribute.Data);
        writer.WriteUInt32(MacvlanAttribute.Mode, (uint)spec.Mode);
        writer.EndNested(data);
        writer.EndNested(info);
        Messages.End(
            ref writer,
            $"ip link add {spec.Name} link if{spec.LowerIndex}{Common(spec.Mac, spec.Mtu, 0)}{If(up, " up")} type macvlan mode {LinkText.Of(spec.Mode)}");
        return FinishCreate(spec.Name, spec.Alias, spec.AddressGeneration, spec.Up);
    }
}
