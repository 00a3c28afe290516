using System.Net;
using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route.Wire;

namespace Weft.Dataplane.Route;

/// <content>Routing rules.</content>
public sealed partial class RouteBatch
{
    /// <summary>Adds a rule. Fails with EEXIST when there is the same one.</summary>
    public RouteBatch AddRule(RuleSpec spec) => Rule(RouteMessageType.NewRule, AddFlags, "add", spec);

    /// <summary>Deletes the first rule that matches. Fails with ENOENT when there is none.</summary>
    public RouteBatch DeleteRule(RuleSpec spec) => Rule(RouteMessageType.DeleteRule, NetlinkMessageFlags.None, "del", spec);

    private RouteBatch Rule(ushort type, NetlinkMessageFlags flags, string verb, RuleSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        byte family = WireAddress.FamilyOf(spec.Family);
        NetlinkWriter writer = Messages.Begin(type, flags);
        writer.WriteHeader(new RuleHeader
        {
            Family = family,
            DestinationLength = (byte)(spec.To?.PrefixLength ?? 0),
            SourceLength = (byte)(spec.From?.PrefixLength ?? 0),
            Table = spec.Table < 256 ? (byte)spec.Table : (byte)0,
            Action = (byte)spec.Action,
        });
        writer.WriteUInt32(RuleAttribute.Priority, spec.Priority);
        if (spec.Table != 0)
        {
            writer.WriteUInt32(RuleAttribute.Table, spec.Table);
        }
        if (spec.Mark is { } mark)
        {
            writer.WriteUInt32(RuleAttribute.Mark, mark);
            writer.WriteUInt32(RuleAttribute.MarkMask, spec.MarkMask);
        }
        if (spec.From is { PrefixLength: > 0 } from)
        {
            WireAddress.Write(ref writer, RuleAttribute.Source, from.BaseAddress);
        }
        if (spec.To is { PrefixLength: > 0 } to)
        {
            WireAddress.Write(ref writer, RuleAttribute.Destination, to.BaseAddress);
        }
        if (spec.InputInterface is { } input)
        {
            writer.WriteString(RuleAttribute.InputInterface, input);
        }
        if (spec.OutputInterface is { } output)
        {
            writer.WriteString(RuleAttribute.OutputInterface, output);
        }
        if (spec.Protocol != 0)
        {
            writer.WriteByte(RuleAttribute.Protocol, spec.Protocol);
        }
        Messages.End(ref writer, $"ip{If(family == WireAddress.Inet6, " -6")} rule {verb} {Describe(spec)}");
        return this;
    }

    private static string Describe(RuleSpec spec) =>
        $"priority {spec.Priority} from {Prefix(spec.From)}" + (spec.To is null ? "" : $" to {Prefix(spec.To)}")
        + (spec.Mark is { } mark ? $" fwmark 0x{mark:x}/0x{spec.MarkMask:x}" : "")
        + (spec.InputInterface is { } input ? $" iif {input}" : "") + (spec.OutputInterface is { } output ? $" oif {output}" : "")
        + (spec.Table == 0 ? "" : $" lookup {spec.Table}")
        + spec.Action switch
        {
            RuleAction.Blackhole => " blackhole",
            RuleAction.Unreachable => " unreachable",
            RuleAction.Prohibit => " prohibit",
            _ => "",
        }
        + (spec.Protocol == 0 ? "" : $" protocol {spec.Protocol}");

    private static string Prefix(IPNetwork? network) => network is { PrefixLength: > 0 } some ? some.ToString() : "all";
}
