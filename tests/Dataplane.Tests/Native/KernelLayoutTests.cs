using System.Runtime.InteropServices;
using System.Text;
using Weft.Dataplane.Native;
using Weft.TestSupport;

namespace Weft.Dataplane.Tests.Native;

/// <summary>A C compiler reads the kernel's own headers and says how large each structure is and where its fields lie.</summary>
public sealed class KernelLayoutTests
{
    private static readonly Layout[] Layouts =
    [
        new(typeof(NetlinkHeader), "struct nlmsghdr",
            [("Length", "nlmsg_len"), ("Type", "nlmsg_type"), ("Flags", "nlmsg_flags"), ("Sequence", "nlmsg_seq"), ("PortId", "nlmsg_pid")]),
        new(typeof(NetlinkAddress), "struct sockaddr_nl",
            [("Family", "nl_family"), ("Padding", "nl_pad"), ("PortId", "nl_pid"), ("Groups", "nl_groups")]),
        new(typeof(InterfaceHeader), "struct ifinfomsg",
            [("Family", "ifi_family"), ("Padding", "__ifi_pad"), ("Type", "ifi_type"), ("Index", "ifi_index"), ("Flags", "ifi_flags"),
             ("Change", "ifi_change")]),
        new(typeof(AddressHeader), "struct ifaddrmsg",
            [("Family", "ifa_family"), ("PrefixLength", "ifa_prefixlen"), ("Flags", "ifa_flags"), ("Scope", "ifa_scope"), ("Index", "ifa_index")]),
        new(typeof(RouteHeader), "struct rtmsg",
            [("Family", "rtm_family"), ("DestinationLength", "rtm_dst_len"), ("SourceLength", "rtm_src_len"), ("Tos", "rtm_tos"),
             ("Table", "rtm_table"), ("Protocol", "rtm_protocol"), ("Scope", "rtm_scope"), ("Type", "rtm_type"), ("Flags", "rtm_flags")]),
        new(typeof(NeighbourHeader), "struct ndmsg",
            [("Family", "ndm_family"), ("Padding1", "ndm_pad1"), ("Padding2", "ndm_pad2"), ("Index", "ndm_ifindex"), ("State", "ndm_state"),
             ("Flags", "ndm_flags"), ("Type", "ndm_type")]),
        new(typeof(NexthopHeader), "struct nhmsg",
            [("Family", "nh_family"), ("Scope", "nh_scope"), ("Protocol", "nh_protocol"), ("Reserved", "resvd"), ("Flags", "nh_flags")]),
        new(typeof(NexthopGroupEntry), "struct nexthop_grp",
            [("Id", "id"), ("Weight", "weight"), ("Reserved", "resvd2")]),
        new(typeof(RuleHeader), "struct fib_rule_hdr",
            [("Family", "family"), ("DestinationLength", "dst_len"), ("SourceLength", "src_len"), ("Tos", "tos"), ("Table", "table"),
             ("Reserved1", "res1"), ("Reserved2", "res2"), ("Action", "action"), ("Flags", "flags")]),
        new(typeof(TrafficHeader), "struct tcmsg",
            [("Family", "tcm_family"), ("Padding1", "tcm__pad1"), ("Padding2", "tcm__pad2"), ("Index", "tcm_ifindex"), ("Handle", "tcm_handle"),
             ("Parent", "tcm_parent"), ("Info", "tcm_info")]),
        new(typeof(RateSpecification), "struct tc_ratespec",
            [("CellLog", "cell_log"), ("LinkLayer", "linklayer"), ("Overhead", "overhead"), ("CellAlign", "cell_align"), ("Mpu", "mpu"),
             ("Rate", "rate")]),
        new(typeof(TokenBucketOptions), "struct tc_tbf_qopt",
            [("Rate", "rate"), ("PeakRate", "peakrate"), ("Limit", "limit"), ("Buffer", "buffer"), ("Mtu", "mtu")]),
        new(typeof(HierarchyOptions), "struct tc_htb_glob",
            [("Version", "version"), ("RateToQuantum", "rate2quantum"), ("DefaultClass", "defcls"), ("Debug", "debug"),
             ("DirectPackets", "direct_pkts")]),
        new(typeof(HierarchyClassOptions), "struct tc_htb_opt",
            [("Rate", "rate"), ("Ceiling", "ceil"), ("Buffer", "buffer"), ("CeilingBuffer", "cbuffer"), ("Quantum", "quantum"),
             ("Level", "level"), ("Priority", "prio")]),
        new(typeof(SelectorHeader), "struct tc_u32_sel",
            [("Flags", "flags"), ("OffsetShift", "offshift"), ("KeyCount", "nkeys"), ("OffsetMask", "offmask"), ("Offset", "off"),
             ("OffsetOffset", "offoff"), ("HashOffset", "hoff"), ("HashMask", "hmask")]),
        new(typeof(SelectorKey), "struct tc_u32_key", [("Mask", "mask"), ("Value", "val"), ("Offset", "off"), ("OffsetMask", "offmask")]),
        new(typeof(RedirectOptions), "struct tc_mirred",
            [("ActionIndex", "index"), ("Capabilities", "capab"), ("Action", "action"), ("References", "refcnt"), ("Bindings", "bindcnt"),
             ("Direction", "eaction"), ("LinkIndex", "ifindex")]),
        new(typeof(NetfilterHeader), "struct nfgenmsg", [("Family", "nfgen_family"), ("Version", "version"), ("ResourceId", "res_id")]),
        new(typeof(GenericHeader), "struct genlmsghdr", [("Command", "cmd"), ("Version", "version"), ("Reserved", "reserved")]),
    ];

    [SkippableFact]
    public void Structures_lie_in_memory_as_the_kernel_headers_say()
    {
        var program = new StringBuilder();
        var expected = new StringBuilder();
        foreach (Layout layout in Layouts)
        {
            program.Append($"  printf(\"{layout.Type.Name} %zu\\n\", sizeof({layout.Name}));\n");
            expected.Append($"{layout.Type.Name} {Marshal.SizeOf(layout.Type)}\n");
            foreach ((string field, string name) in layout.Fields)
            {
                program.Append($"  printf(\"{layout.Type.Name}.{field} %zu\\n\", offsetof({layout.Name}, {name}));\n");
                expected.Append($"{layout.Type.Name}.{field} {Marshal.OffsetOf(layout.Type, field)}\n");
            }
        }
        Assert.Equal(expected.ToString(), CompilerRun(program.ToString()));
    }

    [SkippableFact]
    public void Constants_are_the_numbers_in_the_kernel_headers()
    {
        var program = new StringBuilder();
        var expected = new StringBuilder();
        foreach ((string name, long value) in KernelConstants.All)
        {
            program.Append($"  printf(\"{name} %lld\\n\", (long long){name});\n");
            expected.Append($"{name} {value}\n");
        }
        Assert.Equal(expected.ToString(), CompilerRun(program.ToString()));
    }

    /// <summary>What a C program with these statements prints.</summary>
    private static string CompilerRun(string statements)
    {
        string? compiler = new[] { "cc", "gcc", "clang" }.FirstOrDefault(name => KernelRequirement.ProgramOnPath(name) is not null);
        KernelRequirement.Need(compiler is not null, "needs a C compiler");
        KernelRequirement.Need(File.Exists("/usr/include/linux/netlink.h"), "needs the kernel's headers (linux-libc-dev)");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("weft-layout-");
        try
        {
            string source = Path.Combine(folder.FullName, "layout.c");
            string binary = Path.Combine(folder.FullName, "layout");
            File.WriteAllText(source, $"{KernelConstants.Headers}\nint main(void) {{\n{statements}  return 0;\n}}\n");
            Programs.Run(compiler!, ["-o", binary, source]).Ok();
            return Programs.Run(binary, []).Ok();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private sealed record Layout(Type Type, string Name, (string Field, string Name)[] Fields);
}
