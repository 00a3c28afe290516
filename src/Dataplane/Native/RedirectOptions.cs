using System.Runtime.InteropServices;

namespace Weft.Dataplane.Native;

/// <summary>struct tc_mirred (linux/tc_act/tc_mirred.h): the action that sends a packet through another link.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RedirectOptions
{
    public uint ActionIndex;     // index: 0 for a new one
    public uint Capabilities;    // capab
    public int Action;           // action: TC_ACT_STOLEN 4
    public int References;       // refcnt
    public int Bindings;         // bindcnt
    public int Direction;        // eaction: TCA_EGRESS_REDIR 1
    public uint LinkIndex;       // ifindex
}
