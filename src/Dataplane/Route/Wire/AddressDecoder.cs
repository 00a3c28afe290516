using System.Net;
using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;

namespace Weft.Dataplane.Route.Wire;

/// <summary>Reads RTM_NEWADDR and RTM_DELADDR.</summary>
internal static class AddressDecoder
{
    private const int HeaderSize = 8;        // struct ifaddrmsg

    /// <summary>The address, or null for another message or family.</summary>
    public static AddressInfo? Decode(in NetlinkMessage message)
    {
        if (message.Type is not (RouteMessageType.NewAddress or RouteMessageType.DeleteAddress))
        {
            return null;
        }
        AddressHeader header = message.Header<AddressHeader>();
        if (header.Family is not (WireAddress.Inet or WireAddress.Inet6))
        {
            return null;
        }
        var found = new AddressInfo { LinkIndex = (int)header.Index, Scope = (RouteScope)header.Scope, Flags = header.Flags };
        IPAddress? local = null;
        IPAddress? address = null;
        AttributeReader attributes = message.Attributes(HeaderSize);
        while (attributes.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case AddressAttribute.Local:
                    local = WireAddress.ReadAddress(attribute);
                    break;
                case AddressAttribute.Address:
                    address = WireAddress.ReadAddress(attribute);
                    break;
                case AddressAttribute.Flags:
                    found.Flags = attribute.UInt32;
                    break;
                case AddressAttribute.Protocol:
                    found.Protocol = attribute.Byte;
                    break;
            }
        }
        IPAddress own = local ?? address ?? throw new MalformedNetlinkException("an address message has no address");
        found.Address = new InterfaceAddress(own, header.PrefixLength);
        return found;
    }
}
