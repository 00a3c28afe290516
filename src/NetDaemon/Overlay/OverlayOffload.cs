using Weft.Dataplane;
using Weft.Dataplane.Ethtool;
using Weft.Dataplane.Namespaces;

namespace Weft.NetDaemon.Overlay;

/// <summary>Whether checksums of what is sent through VXLAN devices are left to the devices below them.</summary>
internal static class OverlayOffload
{
    /// <summary>Switches it where it is otherwise.</summary>
    /// <param name="devices">Interface indexes by name.</param>
    /// <param name="on">Whether they are left to devices.</param>
    /// <param name="within">The node's namespace; null: the process's own.</param>
    /// <param name="changes">What was done.</param>
    /// <param name="problems">What could not be done.</param>
    public static void Set(IReadOnlyDictionary<string, int> devices, bool on, NetworkNamespace? within, List<string> changes, List<string> problems)
    {
        try
        {
            using EthtoolSocket socket = EthtoolSocket.Open(within);
            foreach ((string name, int index) in devices)
            {
                if (socket.Features(index).FirstOrDefault(f => f.Name == OffloadNames.TransmitChecksum) is not { } feature || feature.Active == on)
                {
                    continue;
                }
                changes.Add($"ethtool --features {name} {OffloadNames.TransmitChecksum} {(on ? "on" : "off")}");
                if (socket.Switch(index, new KeyValuePair<string, bool>(OffloadNames.TransmitChecksum, on)).Count > 0)
                {
                    problems.Add($"{OffloadNames.TransmitChecksum} of {name} cannot be switched {(on ? "on" : "off")}");
                }
            }
        }
        catch (KernelException e)
        {
            problems.Add(e.Message);
        }
    }
}
