using System.Runtime.InteropServices;

namespace Weft.Dataplane.Native;

/// <summary>struct tc_tbf_qopt (linux/pkt_sched.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TokenBucketOptions
{
    public RateSpecification Rate;       // rate
    public RateSpecification PeakRate;   // peakrate
    public uint Limit;                   // limit: bytes that may wait
    public uint Buffer;                  // buffer: the burst in ticks of 64 ns at the rate
    public uint Mtu;                     // mtu: of the peak rate's bucket
}
