using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route.Wire;

namespace Weft.Dataplane.TrafficControl.Wire;

/// <summary>Reads RTM_NEWQDISC, RTM_NEWTCLASS and RTM_NEWTFILTER.</summary>
internal static class TrafficDecoder
{
    private const int HeaderSize = 20;       // struct tcmsg
    private const int SelectorSize = 16;     // struct tc_u32_sel, and struct tc_u32_key

    /// <summary>The discipline, or null for another message and for those without a handle, which the kernel attaches by itself.</summary>
    public static QdiscInfo? DecodeQdisc(in NetlinkMessage message)
    {
        if (message.Type != RouteMessageType.NewQdisc)
        {
            return null;
        }
        TrafficHeader header = message.Header<TrafficHeader>();
        if (header.Handle == 0)
        {
            return null;
        }
        var qdisc = new QdiscInfo
        {
            LinkIndex = header.Index,
            Handle = header.Handle,
            IsRoot = header.Parent == TrafficHandle.Root,
            ClassMinor = (header.Parent & 0xFFFF0000) == TrafficHandle.Discipline ? (ushort)header.Parent : (ushort)0,
        };
        AttributeReader attributes = message.Attributes(HeaderSize);
        while (attributes.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case TrafficAttribute.Kind:
                    qdisc.Kind = attribute.String;       // always before the options
                    break;
                case TrafficAttribute.Options when qdisc.Kind == "tbf":
                    ReadTokenBucket(attribute.Nested, qdisc);
                    break;
                case TrafficAttribute.Options when qdisc.Kind == "bfifo":
                    qdisc.QueueBytes = attribute.UInt32;
                    break;
            }
        }
        return qdisc;
    }

    /// <summary>The class of an htb discipline, or null for anything else.</summary>
    public static TrafficClassInfo? DecodeClass(in NetlinkMessage message)
    {
        if (message.Type != RouteMessageType.NewClass)
        {
            return null;
        }
        TrafficHeader header = message.Header<TrafficHeader>();
        string kind = "";
        RateLimit? limit = null;
        AttributeReader attributes = message.Attributes(HeaderSize);
        while (attributes.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case TrafficAttribute.Kind:
                    kind = attribute.String;
                    break;
                case TrafficAttribute.Options when kind == "htb":
                    limit = ReadClass(attribute.Nested);
                    break;
            }
        }
        return limit is { } found && (header.Handle & 0xFFFF0000) == TrafficHandle.Discipline
            ? new TrafficClassInfo((ushort)header.Handle, found)
            : null;
    }

    /// <summary>The filter, or null when it is of no priority of ours.</summary>
    public static SourceFilterInfo? DecodeFilter(in NetlinkMessage message)
    {
        if (message.Type != RouteMessageType.NewFilter)
        {
            return null;
        }
        TrafficHeader header = message.Header<TrafficHeader>();
        AddressFamily family = TrafficHandle.FamilyOf(header.Info);
        if (family == AddressFamily.Unspecified || header.Handle == 0)
        {
            return null;
        }
        var filter = new SourceFilterInfo { Family = family, Handle = header.Handle };
        AttributeReader attributes = message.Attributes(HeaderSize);
        while (attributes.TryRead(out NetlinkAttribute attribute))
        {
            if (attribute.Type == TrafficAttribute.Options)
            {
                ReadFilter(attribute.Nested, filter);
            }
        }
        return filter;
    }

    private static void ReadTokenBucket(AttributeReader options, QdiscInfo qdisc)
    {
        TokenBucketOptions parameters = default;
        ulong rate = 0;
        while (options.TryRead(out NetlinkAttribute option))
        {
            switch (option.Type)
            {
                case TrafficAttribute.TokenBucketParameters:
                    parameters = Read<TokenBucketOptions>(option);
                    break;
                case TrafficAttribute.TokenBucketRate64:
                    rate = option.UInt64;
                    break;
            }
        }
        qdisc.Limit = new RateLimit(Math.Max(rate, parameters.Rate.Rate), parameters.Buffer);
        qdisc.QueueBytes = parameters.Limit;
    }

    private static RateLimit? ReadClass(AttributeReader options)
    {
        HierarchyClassOptions? parameters = null;
        ulong rate = 0;
        while (options.TryRead(out NetlinkAttribute option))
        {
            switch (option.Type)
            {
                case TrafficAttribute.HierarchyParameters:
                    parameters = Read<HierarchyClassOptions>(option);
                    break;
                case TrafficAttribute.HierarchyRate64:
                    rate = option.UInt64;
                    break;
            }
        }
        return parameters is { } read ? new RateLimit(Math.Max(rate, read.Rate.Rate), read.Buffer) : null;
    }

    private static void ReadFilter(AttributeReader options, SourceFilterInfo filter)
    {
        while (options.TryRead(out NetlinkAttribute option))
        {
            switch (option.Type)
            {
                case TrafficAttribute.FilterClass:
                    filter.ClassMinor = (option.UInt32 & 0xFFFF0000) == TrafficHandle.Discipline ? (ushort)option.UInt32 : (ushort)0;
                    break;
                case TrafficAttribute.FilterLink:
                    filter.LinksTable = option.UInt32 == TrafficHandle.Table(filter.Family);
                    break;
                case TrafficAttribute.FilterSelector:
                    filter.Source = ReadSource(filter.Family, option.Value);
                    break;
                case TrafficAttribute.FilterAction:
                    filter.RedirectIndex = ReadRedirect(option.Nested);
                    break;
            }
        }
    }

    /// <summary>The source address when the keys compare all of it and nothing else.</summary>
    private static IPAddress? ReadSource(AddressFamily family, ReadOnlySpan<byte> selector)
    {
        int words = family == AddressFamily.InterNetwork ? 1 : 4;
        if (selector.Length != SelectorSize * (1 + words))
        {
            return null;
        }
        ReadOnlySpan<SelectorKey> keys = MemoryMarshal.Cast<byte, SelectorKey>(selector[SelectorSize..]);
        Span<byte> address = stackalloc byte[words * sizeof(uint)];
        for (int i = 0; i < words; i++)
        {
            int offset = (words == 1 ? 12 : 8) + (i * sizeof(uint));
            if (keys[i].Mask != uint.MaxValue || keys[i].Offset != offset || keys[i].OffsetMask != 0)
            {
                return null;
            }
            MemoryMarshal.Write(address[(i * sizeof(uint))..], keys[i].Value);
        }
        return new IPAddress(address);
    }

    private static int ReadRedirect(AttributeReader actions)
    {
        while (actions.TryRead(out NetlinkAttribute action))
        {
            AttributeReader attributes = action.Nested;
            bool redirects = false;
            while (attributes.TryRead(out NetlinkAttribute attribute))
            {
                switch (attribute.Type)
                {
                    case TrafficAttribute.ActionKind:
                        redirects = attribute.String == "mirred";
                        break;
                    case TrafficAttribute.ActionOptions when redirects:
                        return ReadTarget(attribute.Nested);
                }
            }
        }
        return 0;
    }

    private static int ReadTarget(AttributeReader options)
    {
        while (options.TryRead(out NetlinkAttribute option))
        {
            if (option.Type == TrafficAttribute.RedirectParameters)
            {
                return (int)Read<RedirectOptions>(option).LinkIndex;
            }
        }
        return 0;
    }

    private static T Read<T>(in NetlinkAttribute attribute) where T : unmanaged => MemoryMarshal.TryRead(attribute.Value, out T value)
        ? value
        : throw new MalformedNetlinkException($"attribute {attribute.Type} has {attribute.Value.Length} bytes, fewer than its structure");
}
