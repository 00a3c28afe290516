using Weft.Dataplane.Netlink;

namespace Weft.Dataplane.Nftables.Wire;

/// <content>Expressions that do something.</content>
internal static partial class Expressions
{
    /// <summary>counter, from zero.</summary>
    public static void Counter(ref NetlinkWriter writer)
    {
        Open open = Begin(ref writer, "counter");
        writer.WriteUInt64BigEndian(CounterAttribute.Bytes, 0);
        writer.WriteUInt64BigEndian(CounterAttribute.Packets, 0);
        End(ref writer, open);
    }

    /// <summary>rt: loads the TCP segment size that the packet's route and the one back carry, in host byte order.</summary>
    public static void RouteSegmentSize(ref NetlinkWriter writer, int slot)
    {
        Open open = Begin(ref writer, "rt");
        writer.WriteUInt32BigEndian(2, 3);                                  // NFTA_RT_KEY: NFT_RT_TCPMSS
        writer.WriteUInt32BigEndian(1, Register.At(slot));                  // NFTA_RT_DREG
        End(ref writer, open);
    }

    /// <summary>byteorder: 16 bits of a register into network byte order.</summary>
    public static void ToNetworkOrder16(ref NetlinkWriter writer, int slot)
    {
        Open open = Begin(ref writer, "byteorder");
        writer.WriteUInt32BigEndian(1, Register.At(slot));                  // NFTA_BYTEORDER_SREG
        writer.WriteUInt32BigEndian(2, Register.At(slot));                  // NFTA_BYTEORDER_DREG
        writer.WriteUInt32BigEndian(3, 1);                                  // NFTA_BYTEORDER_OP: NFT_BYTEORDER_HTON
        writer.WriteUInt32BigEndian(4, 2);                                  // NFTA_BYTEORDER_LEN
        writer.WriteUInt32BigEndian(5, 2);                                  // NFTA_BYTEORDER_SIZE
        End(ref writer, open);
    }

    /// <summary>exthdr: stores 16 bits into a TCP option. Of the option "maximum segment size" the kernel only ever lowers the value. It prints NFTA_EXTHDR_FLAGS, and refuses it.</summary>
    public static void TcpOptionSet(ref NetlinkWriter writer, int slot, byte option, uint offset)
    {
        Open open = Begin(ref writer, "exthdr");
        writer.WriteUInt32BigEndian(7, Register.At(slot));                  // NFTA_EXTHDR_SREG
        writer.WriteByte(2, option);                                        // NFTA_EXTHDR_TYPE
        writer.WriteUInt32BigEndian(3, offset);                             // NFTA_EXTHDR_OFFSET
        writer.WriteUInt32BigEndian(4, 2);                                  // NFTA_EXTHDR_LEN
        writer.WriteUInt32BigEndian(6, 1);                                  // NFTA_EXTHDR_OP: NFT_EXTHDR_OP_TCPOPT
        End(ref writer, open);
    }

    /// <summary>counter, as the one expression that a set makes for each element: not in a list.</summary>
    public static void CounterOfSet(ref NetlinkWriter writer)
    {
        writer.WriteString(ExpressionAttribute.Name, "counter");
        NestedAttribute data = writer.BeginNested(ExpressionAttribute.Data, flagged: false);
        writer.WriteUInt64BigEndian(CounterAttribute.Bytes, 0);
        writer.WriteUInt64BigEndian(CounterAttribute.Packets, 0);
        writer.EndNested(data);
    }

    /// <summary>objref: a named counter.</summary>
    public static void NamedCounter(ref NetlinkWriter writer, string name)
    {
        Open open = Begin(ref writer, "objref");
        writer.WriteString(2, name);                                        // NFTA_OBJREF_IMM_NAME
        writer.WriteUInt32BigEndian(1, NftConstant.CounterObject);          // NFTA_OBJREF_IMM_TYPE
        End(ref writer, open);
    }

    /// <summary>log to an nflog group, or without a group to the kernel's log.</summary>
    public static void Log(ref NetlinkWriter writer, string? prefix, ushort? group, uint snapshotLength)
    {
        Open open = Begin(ref writer, "log");
        if (prefix is not null)
        {
            writer.WriteString(2, prefix);                                  // NFTA_LOG_PREFIX
        }
        if (group is { } number)
        {
            writer.WriteUInt16BigEndian(1, number);                         // NFTA_LOG_GROUP
            if (snapshotLength > 0)
            {
                writer.WriteUInt32BigEndian(3, snapshotLength);             // NFTA_LOG_SNAPLEN
            }
        }
        else
        {
            writer.WriteUInt32BigEndian(5, 4);                              // NFTA_LOG_LEVEL: warning
        }
        End(ref writer, open);
    }

    /// <summary>limit: goes on below a rate of packets per <paramref name="seconds"/>, or, inverted, above it.</summary>
    public static void Limit(ref NetlinkWriter writer, ulong rate, ulong seconds, uint burst, bool inverted)
    {
        Open open = Begin(ref writer, "limit");
        writer.WriteUInt64BigEndian(1, rate);                               // NFTA_LIMIT_RATE
        writer.WriteUInt64BigEndian(2, seconds);                            // NFTA_LIMIT_UNIT
        writer.WriteUInt32BigEndian(3, burst);                              // NFTA_LIMIT_BURST
        writer.WriteUInt32BigEndian(4, 0);                                  // NFTA_LIMIT_TYPE: NFT_LIMIT_PKTS
        writer.WriteUInt32BigEndian(5, inverted ? 1u : 0);                  // NFTA_LIMIT_FLAGS: NFT_LIMIT_F_INV
        End(ref writer, open);
    }

    /// <summary>reject: answers, then drops.</summary>
    public static void Reject(ref NetlinkWriter writer, uint type, byte code)
    {
        Open open = Begin(ref writer, "reject");
        writer.WriteUInt32BigEndian(1, type);                               // NFTA_REJECT_TYPE
        if (type != 1)
        {
            writer.WriteByte(2, code);                                      // NFTA_REJECT_ICMP_CODE: not for a TCP reset
        }
        End(ref writer, open);
    }

    /// <summary>masq: source NAT to the address of the way out.</summary>
    public static void Masquerade(ref NetlinkWriter writer, uint flags)
    {
        Open open = Begin(ref writer, "masq");
        if (flags != 0)
        {
            writer.WriteUInt32BigEndian(1, flags);                          // NFTA_MASQ_FLAGS
        }
        End(ref writer, open);
    }

    /// <summary>nat: to the address, and perhaps the port, in registers.</summary>
    public static void Nat(ref NetlinkWriter writer, bool destination, NftFamily family, int? addressSlot, int? portSlot, uint flags)
    {
        Open open = Begin(ref writer, "nat");
        writer.WriteUInt32BigEndian(1, destination ? 1u : 0);               // NFTA_NAT_TYPE
        writer.WriteUInt32BigEndian(2, (uint)family);                       // NFTA_NAT_FAMILY
        if (addressSlot is { } address)
        {
            writer.WriteUInt32BigEndian(3, Register.At(address));           // NFTA_NAT_REG_ADDR_MIN
            writer.WriteUInt32BigEndian(4, Register.At(address));           // NFTA_NAT_REG_ADDR_MAX
            flags |= 0x1;                                                   // NF_NAT_RANGE_MAP_IPS, which the kernel would add itself
        }
        if (portSlot is { } port)
        {
            writer.WriteUInt32BigEndian(5, Register.At(port));              // NFTA_NAT_REG_PROTO_MIN
            writer.WriteUInt32BigEndian(6, Register.At(port));              // NFTA_NAT_REG_PROTO_MAX
        }
        if (flags != 0)
        {
            writer.WriteUInt32BigEndian(7, flags);                          // NFTA_NAT_FLAGS
        }
        End(ref writer, open);
    }

    /// <summary>redir: to this machine, at the port in a register.</summary>
    public static void Redirect(ref NetlinkWriter writer, int? portSlot, uint flags)
    {
        Open open = Begin(ref writer, "redir");
        if (portSlot is { } port)
        {
            writer.WriteUInt32BigEndian(1, Register.At(port));              // NFTA_REDIR_REG_PROTO_MIN
            writer.WriteUInt32BigEndian(2, Register.At(port));              // NFTA_REDIR_REG_PROTO_MAX
        }
        if (flags != 0)
        {
            writer.WriteUInt32BigEndian(3, flags);                          // NFTA_REDIR_FLAGS
        }
        End(ref writer, open);
    }

    /// <summary>notrack: the packet is not tracked.</summary>
    public static void NoTrack(ref NetlinkWriter writer)
    {
        NestedAttribute element = writer.BeginNested(ListAttribute.Element, flagged: false);
        writer.WriteString(ExpressionAttribute.Name, "notrack");
        writer.EndNested(element);
    }

    /// <summary>dynset: adds the registers to a set (0 add, 1 update, 2 delete).</summary>
    public static void DynamicSet(ref NetlinkWriter writer, int keySlot, uint operation, string set, ulong timeoutMilliseconds)
    {
        Open open = Begin(ref writer, "dynset");
        writer.WriteUInt32BigEndian(4, Register.At(keySlot));               // NFTA_DYNSET_SREG_KEY
        writer.WriteUInt32BigEndian(3, operation);                          // NFTA_DYNSET_OP
        writer.WriteString(1, set);                                         // NFTA_DYNSET_SET_NAME
        if (timeoutMilliseconds > 0)
        {
            writer.WriteUInt64BigEndian(6, timeoutMilliseconds);            // NFTA_DYNSET_TIMEOUT
        }
        writer.WriteUInt32BigEndian(9, 0);                                  // NFTA_DYNSET_FLAGS
        End(ref writer, open);
    }
}
