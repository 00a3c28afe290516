using Weft.Dataplane.Native;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route.Wire;
using Weft.Dataplane.TrafficControl;
using Weft.Dataplane.TrafficControl.Wire;

namespace Weft.Dataplane.Route;

/// <content>
/// Queueing disciplines and classes. Every root discipline made here is "1:". Links are named by index only: the kernel takes no names here.
/// </content>
public sealed partial class RouteBatch
{
    private const byte Ethernet = 1;             // TC_LINKLAYER_ETHERNET: rates are computed, without tables from user space
    private const uint ClassQuantum = 65536;     // bytes; without borrowing it only must not be small

    /// <summary>Creates an intermediate functional block, up.</summary>
    public RouteBatch CreateIfb(IfbSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        NetlinkWriter writer = BeginCreate(0, up: false);
        WriteNewLink(ref writer, spec.Name, null, 0, 0);
        NestedAttribute info = writer.BeginNested(LinkAttribute.LinkInfo);
        writer.WriteString(LinkInfoAttribute.Kind, "ifb");
        writer.EndNested(info);
        Messages.End(ref writer, $"ip link add {spec.Name} type ifb");
        return FinishCreate(spec.Name, spec.Alias, AddressGenerationMode.None, up: true);
    }

    /// <summary>Limits all that leaves a link. Fails with EEXIST when it has a root discipline already.</summary>
    /// <param name="link">Interface index.</param>
    /// <param name="limit">The limit. Its burst must hold a frame.</param>
    /// <param name="queueBytes">Bytes that may wait; what comes beyond is dropped.</param>
    public RouteBatch AddTokenBucket(int link, RateLimit limit, uint queueBytes)
    {
        NetlinkWriter writer = BeginDiscipline(link, TrafficHandle.Discipline, TrafficHandle.Root, "tbf");
        NestedAttribute options = writer.BeginNested(TrafficAttribute.Options);
        writer.WriteStruct(
            TrafficAttribute.TokenBucketParameters,
            new TokenBucketOptions { Rate = RateOf(limit), Limit = queueBytes, Buffer = limit.BurstTicks });
        writer.WriteUInt64(TrafficAttribute.TokenBucketRate64, limit.BytesPerSecond);
        writer.EndNested(options);
        Messages.End(ref writer, $"tc qdisc add dev if{link} root handle 1: tbf {limit} limit {queueBytes}b");
        return this;
    }

    /// <summary>Gives a link a root discipline of classes; what is in none passes unlimited. Fails with EEXIST when it has a root discipline already.</summary>
    public RouteBatch AddHierarchy(int link)
    {
        NetlinkWriter writer = BeginDiscipline(link, TrafficHandle.Discipline, TrafficHandle.Root, "htb");
        NestedAttribute options = writer.BeginNested(TrafficAttribute.Options);
        writer.WriteStruct(TrafficAttribute.HierarchyInit, new HierarchyOptions { Version = 3, RateToQuantum = 10 });
        writer.EndNested(options);
        Messages.End(ref writer, $"tc qdisc add dev if{link} root handle 1: htb");
        return this;
    }

    /// <summary>Adds a class "1:minor" with a limit to a link's discipline of classes, and the queue in it.</summary>
    /// <param name="link">Interface index.</param>
    /// <param name="minor">2 to 65534: the queue has the same number as its major one, and 1 is taken.</param>
    /// <param name="limit">The limit.</param>
    /// <param name="queueBytes">Bytes that may wait; what comes beyond is dropped.</param>
    public RouteBatch AddClass(int link, ushort minor, RateLimit limit, uint queueBytes)
    {
        NetlinkWriter writer = Messages.Begin(RouteMessageType.NewClass, AddFlags);
        writer.WriteHeader(new TrafficHeader { Index = link, Handle = TrafficHandle.OfClass(minor), Parent = TrafficHandle.Discipline });
        writer.WriteString(TrafficAttribute.Kind, "htb");
        NestedAttribute options = writer.BeginNested(TrafficAttribute.Options);
        RateSpecification rate = RateOf(limit);
        writer.WriteStruct(
            TrafficAttribute.HierarchyParameters,
            new HierarchyClassOptions
            {
                Rate = rate,
                Ceiling = rate,
                Buffer = limit.BurstTicks,
                CeilingBuffer = limit.BurstTicks,
                Quantum = ClassQuantum,
            });
        writer.WriteUInt64(TrafficAttribute.HierarchyRate64, limit.BytesPerSecond);
        writer.WriteUInt64(TrafficAttribute.HierarchyCeiling64, limit.BytesPerSecond);
        writer.EndNested(options);
        Messages.End(ref writer, $"tc class add dev if{link} parent 1: classid 1:{minor:x} htb {limit}");

        writer = BeginDiscipline(link, (uint)minor << 16, TrafficHandle.OfClass(minor), "bfifo");
        writer.WriteUInt32(TrafficAttribute.Options, queueBytes);        // struct tc_fifo_qopt
        Messages.End(ref writer, $"tc qdisc add dev if{link} parent 1:{minor:x} handle {minor:x}: bfifo limit {queueBytes}");
        return this;
    }

    /// <summary>Deletes a class and the queue in it. Fails with EBUSY while a filter leads to it, with ENOENT when there is none.</summary>
    public RouteBatch DeleteClass(int link, ushort minor)
    {
        NetlinkWriter writer = Messages.Begin(RouteMessageType.DeleteClass, NetlinkMessageFlags.None);
        writer.WriteHeader(new TrafficHeader { Index = link, Handle = TrafficHandle.OfClass(minor), Parent = TrafficHandle.Discipline });
        Messages.End(ref writer, $"tc class del dev if{link} classid 1:{minor:x}");
        return this;
    }

    /// <summary>Deletes a link's root discipline with its classes and filters. Fails with ENOENT when it has only the kernel's own.</summary>
    public RouteBatch DeleteRootQdisc(int link)
    {
        NetlinkWriter writer = Messages.Begin(RouteMessageType.DeleteQdisc, NetlinkMessageFlags.None);
        writer.WriteHeader(new TrafficHeader { Index = link, Parent = TrafficHandle.Root });
        Messages.End(ref writer, $"tc qdisc del dev if{link} root");
        return this;
    }

    /// <summary>Gives a link the place where filters see all that comes in by it (clsact). Nothing happens when it has one.</summary>
    public RouteBatch AddClassifier(int link)
    {
        NetlinkWriter writer = BeginDiscipline(link, TrafficHandle.Classifier, TrafficHandle.ClassifierParent, "clsact", NetlinkMessageFlags.Create);
        Messages.End(ref writer, $"tc qdisc replace dev if{link} clsact");
        return this;
    }

    private NetlinkWriter BeginDiscipline(int link, uint handle, uint parent, string kind, NetlinkMessageFlags flags = AddFlags)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(link);
        NetlinkWriter writer = Messages.Begin(RouteMessageType.NewQdisc, flags);
        writer.WriteHeader(new TrafficHeader { Index = link, Handle = handle, Parent = parent });
        writer.WriteString(TrafficAttribute.Kind, kind);
        return writer;
    }

    // The 64-bit attribute beside it counts where this one is full.
    private static RateSpecification RateOf(RateLimit limit) =>
        new() { LinkLayer = Ethernet, Rate = (uint)Math.Min(limit.BytesPerSecond, uint.MaxValue) };
}
