using System.Runtime.InteropServices;
using System.Text;
using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route.Wire;

namespace Weft.Dataplane.Route;

/// <content>Nexthop objects (Linux 5.3).</content>
public sealed partial class RouteBatch
{
    /// <summary>Adds a nexthop. Fails with EEXIST when the number is taken.</summary>
    public RouteBatch AddNexthop(NexthopSpec spec) => Nexthop(AddFlags, "add", spec);

    /// <summary>Adds a nexthop, or changes the one of that number: all routes that use it follow at once.</summary>
    public RouteBatch ReplaceNexthop(NexthopSpec spec) => Nexthop(ReplaceFlags, "replace", spec);

    /// <summary>Deletes a nexthop and, with it, every route that uses it. Fails with ENOENT when there is none.</summary>
    public RouteBatch DeleteNexthop(uint id)
    {
        NetlinkWriter writer = Messages.Begin(RouteMessageType.DeleteNexthop, NetlinkMessageFlags.None);
        writer.WriteHeader(default(NexthopHeader));
        writer.WriteUInt32(NexthopAttribute.Id, id);
        Messages.End(ref writer, $"ip nexthop del id {id}");
        return this;
    }

    private RouteBatch Nexthop(NetlinkMessageFlags flags, string verb, NexthopSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        bool isGroup = spec.Group.Count > 0;
        byte family = isGroup ? (byte)0
            : spec.Gateway is { } router ? WireAddress.FamilyOf(router) : WireAddress.FamilyOf(spec.Family);
        NetlinkWriter writer = Messages.Begin(RouteMessageType.NewNexthop, flags, 256 + (spec.Group.Count * 8));
        writer.WriteHeader(new NexthopHeader { Family = family, Protocol = spec.Protocol, Flags = spec.OnLink ? OnLinkFlag : 0 });
        writer.WriteUInt32(NexthopAttribute.Id, spec.Id);
        if (isGroup)
        {
            WriteGroup(ref writer, spec.Group);
        }
        if (spec.Blackhole)
        {
            writer.WriteFlag(NexthopAttribute.Blackhole);
        }
        if (spec.LinkIndex != 0)
        {
            writer.WriteInt32(NexthopAttribute.OutputInterface, spec.LinkIndex);
        }
        if (spec.Gateway is { } gateway)
        {
            WireAddress.Write(ref writer, NexthopAttribute.Gateway, gateway);
        }
        Messages.End(ref writer, Describe(verb, spec));
        return this;
    }

    private static void WriteGroup(ref NetlinkWriter writer, IReadOnlyList<NexthopMember> members)
    {
        var entries = new NexthopGroupEntry[members.Count];
        for (int i = 0; i < entries.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(members[i].Weight, 1, nameof(members));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(members[i].Weight, 256, nameof(members));
            entries[i] = new NexthopGroupEntry { Id = members[i].Id, Weight = (byte)(members[i].Weight - 1) };
        }
        writer.WriteBytes(NexthopAttribute.Group, MemoryMarshal.AsBytes(entries.AsSpan()));
    }

    private static string Describe(string verb, NexthopSpec spec)
    {
        var text = new StringBuilder($"ip nexthop {verb} id {spec.Id}");
        for (int i = 0; i < spec.Group.Count; i++)
        {
            text.Append(i == 0 ? " group " : "/").Append(spec.Group[i].Id);
            if (spec.Group[i].Weight != 1)
            {
                text.Append(',').Append(spec.Group[i].Weight);
            }
        }
        return text.Append(If(spec.Blackhole, " blackhole")).Append(spec.Gateway is { } gateway ? $" via {gateway}" : "")
            .Append(Dev(spec.LinkIndex)).Append(If(spec.OnLink, " onlink")).Append(Proto(spec.Protocol)).ToString();
    }
}
