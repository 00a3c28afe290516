using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Netlink;

namespace Weft.Dataplane.Route;

/// <summary>
/// Changes to links, addresses, routes, neighbours and rules that go to the kernel in one send; see
/// <see cref="RouteSocket.Execute(RouteBatch)"/>. The kernel carries them out in order, each for itself: one that fails does not stop those
/// after it. What follows a refused creation, and means the link by name, so finds whatever had the name before. Queueing never touches
/// the kernel. Prints as the ip(8) and bridge(8) commands that would do the same. Not thread-safe; may be cleared and used again.
/// </summary>
public sealed partial class RouteBatch
{
    private const NetlinkMessageFlags AddFlags = NetlinkMessageFlags.Create | NetlinkMessageFlags.Exclusive;
    private const NetlinkMessageFlags ReplaceFlags = NetlinkMessageFlags.Create | NetlinkMessageFlags.Replace;

    // What messages refer to by descriptor number must not be closed by the garbage collector before they are sent.
    private readonly List<NetworkNamespace> _held = [];

    /// <summary>An empty batch.</summary>
    /// <param name="capacity">Bytes to start with; it grows as needed.</param>
    public RouteBatch(int capacity = 4096) => Messages = new NetlinkBatch(capacity);

    /// <summary>Number of operations queued.</summary>
    public int Count => Messages.Count;

    internal NetlinkBatch Messages { get; }

    /// <summary>Forgets all operations; the memory is kept.</summary>
    public void Clear()
    {
        Messages.Clear();
        _held.Clear();
    }

    /// <summary>The operation at <paramref name="index"/>, as one would type it.</summary>
    public string OperationAt(int index) => Messages.OperationOf(index);

    /// <summary>The operations as commands, one a line.</summary>
    public override string ToString() => Messages.ToString();

    private static string If(bool condition, string text) => condition ? text : "";

    private static string Dev(int index) => index == 0 ? "" : $" dev if{index}";

    private static string Proto(byte protocol) => protocol == 0 ? "" : $" proto {protocol}";
}
