using System.Text;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Nodes;

/// <summary>Who speaks for a node: what /weft/v1/alive/&lt;name&gt; holds, a machine and a boot.</summary>
/// <param name="Machine">The installation (<see cref="MachineId"/>); "" where nobody told.</param>
/// <param name="BootId">Of its kernel.</param>
internal sealed record SignOfLife(string Machine, string BootId)
{
    public static SignOfLife Of(StoreEntry entry) => Encoding.UTF8.GetString(entry.Value.Span).Split(' ') is [var machine, var boot]
        ? new SignOfLife(machine, boot)
        : new SignOfLife("", Encoding.UTF8.GetString(entry.Value.Span));

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(Machine.Length == 0 ? BootId : $"{Machine} {BootId}");
}
