using Weft.Dataplane.Native;

namespace Weft.Dataplane.Netlink;

/// <summary>Generic netlink families (linux/genetlink.h).</summary>
internal static class GenericFamily
{
    private const ushort Controller = 0x10;      // GENL_ID_CTRL
    private const byte GetFamily = 3;            // CTRL_CMD_GETFAMILY
    private const ushort FamilyId = 1;           // CTRL_ATTR_FAMILY_ID
    private const ushort FamilyName = 2;         // CTRL_ATTR_FAMILY_NAME

    /// <summary>The message type that this kernel gave a family since it was started.</summary>
    /// <exception cref="NetlinkException">It has no such family (ENOENT).</exception>
    public static ushort Resolve(NetlinkSocket socket, string name)
    {
        ushort id = 0;
        var request = new NetlinkBatch(64);
        NetlinkWriter writer = request.Begin(Controller, NetlinkMessageFlags.None, 64);
        writer.WriteHeader(new GenericHeader { Command = GetFamily, Version = 1 });
        writer.WriteString(FamilyName, name);
        request.End(ref writer, $"find generic netlink family {name}");
        socket.Execute(request, (in NetlinkMessage message) =>
        {
            AttributeReader attributes = message.Attributes(4);
            while (attributes.TryRead(out NetlinkAttribute attribute))
            {
                if (attribute.Type == FamilyId)
                {
                    id = attribute.UInt16;
                }
            }
        });
        return id;
    }
}
