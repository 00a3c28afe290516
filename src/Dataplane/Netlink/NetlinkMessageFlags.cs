namespace Weft.Dataplane.Netlink;

/// <summary>nlmsg_flags (linux/netlink.h). The upper byte means other things for NEW, GET and DELETE requests.</summary>
[Flags]
public enum NetlinkMessageFlags : ushort
{
    /// <summary>No flag.</summary>
    None = 0,

    /// <summary>NLM_F_REQUEST: for the kernel. Set on every request by <see cref="NetlinkBatch"/>.</summary>
    Request = 0x1,

    /// <summary>NLM_F_MULTI: one of several messages, ended by NLMSG_DONE.</summary>
    Multi = 0x2,

    /// <summary>NLM_F_ACK: answer also when it succeeded.</summary>
    Ack = 0x4,

    /// <summary>NLM_F_ECHO: send the resulting notification to the requester too.</summary>
    Echo = 0x8,

    /// <summary>NLM_F_DUMP_INTR: the dumped table changed meanwhile; the dump may be inconsistent.</summary>
    DumpInterrupted = 0x10,

    /// <summary>NLM_F_CAPPED, on errors: the request's payload is not sent back.</summary>
    Capped = 0x100,

    /// <summary>NLM_F_ACK_TLVS, on errors: extended acknowledgement attributes follow.</summary>
    AckAttributes = 0x200,

    /// <summary>NLM_F_REPLACE, on NEW: replace what exists.</summary>
    Replace = 0x100,

    /// <summary>NLM_F_EXCL, on NEW: fail when it exists.</summary>
    Exclusive = 0x200,

    /// <summary>NLM_F_CREATE, on NEW: create when it does not exist.</summary>
    Create = 0x400,

    /// <summary>NLM_F_APPEND, on NEW: add at the end.</summary>
    Append = 0x800,

    /// <summary>NLM_F_DUMP, on GET: all objects (NLM_F_ROOT | NLM_F_MATCH).</summary>
    Dump = 0x300,
}
