using System.Runtime.InteropServices;

namespace Weft.CniBench.Native;

/// <summary>struct rusage of 64-bit Linux (getrusage(2)): the process and all its children that were waited for.</summary>
[StructLayout(LayoutKind.Explicit, Size = 144)]
internal struct ResourceUsage
{
    [FieldOffset(0)] public long UserSeconds;
    [FieldOffset(8)] public long UserMicroseconds;
    [FieldOffset(16)] public long SystemSeconds;
    [FieldOffset(24)] public long SystemMicroseconds;
    [FieldOffset(32)] public long MaximumResidentKibibytes;

    public readonly TimeSpan Cpu =>
        TimeSpan.FromSeconds(UserSeconds + SystemSeconds) + TimeSpan.FromMicroseconds(UserMicroseconds + SystemMicroseconds);
}
