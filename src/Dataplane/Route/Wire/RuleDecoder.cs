using System.Net;
using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;

namespace Weft.Dataplane.Route.Wire;

/// <summary>Reads RTM_NEWRULE and RTM_DELRULE.</summary>
internal static class RuleDecoder
{
    private const int HeaderSize = 12;       // struct fib_rule_hdr

    /// <summary>The rule, or null for another message or family.</summary>
    public static RuleInfo? Decode(in NetlinkMessage message)
    {
        if (message.Type is not (RouteMessageType.NewRule or RouteMessageType.DeleteRule))
        {
            return null;
        }
        RuleHeader header = message.Header<RuleHeader>();
        if (header.Family is not (WireAddress.Inet or WireAddress.Inet6))
        {
            return null;
        }
        var rule = new RuleInfo
        {
            Family = WireAddress.FromWire(header.Family),
            Table = header.Table,
            Action = (RuleAction)header.Action,
        };
        AttributeReader attributes = message.Attributes(HeaderSize);
        while (attributes.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case RuleAttribute.Priority:
                    rule.Priority = attribute.UInt32;
                    break;
                case RuleAttribute.Table:
                    rule.Table = attribute.UInt32;
                    break;
                case RuleAttribute.Mark:
                    rule.Mark = attribute.UInt32;
                    break;
                case RuleAttribute.MarkMask:
                    rule.MarkMask = attribute.UInt32;
                    break;
                case RuleAttribute.Source:
                    rule.From = Prefix(header.Family, attribute, header.SourceLength);
                    break;
                case RuleAttribute.Destination:
                    rule.To = Prefix(header.Family, attribute, header.DestinationLength);
                    break;
                case RuleAttribute.InputInterface:
                    rule.InputInterface = attribute.String;
                    break;
                case RuleAttribute.OutputInterface:
                    rule.OutputInterface = attribute.String;
                    break;
                case RuleAttribute.Protocol:
                    rule.Protocol = attribute.Byte;
                    break;
            }
        }
        return rule;
    }

    private static IPNetwork Prefix(byte family, in NetlinkAttribute attribute, int length) =>
        WireAddress.ReadNetwork(family, attribute.Type, attribute.Value, length);
}
