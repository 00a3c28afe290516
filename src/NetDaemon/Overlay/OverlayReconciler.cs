using Weft.Dataplane;
using Weft.Dataplane.Namespaces;
using Weft.Dataplane.Netlink;
using Weft.Dataplane.Route;
using Weft.NetDaemon.Kernel;

namespace Weft.NetDaemon.Overlay;

/// <summary>
/// Makes VXLAN devices, neighbours, forwarding entries, nexthops and routes equal to the plans of all networks. Used by one caller at a
/// time.
/// </summary>
/// <param name="socket">In the node's namespace.</param>
/// <param name="within">The same namespace; null: the process's own.</param>
internal sealed class OverlayReconciler(RouteSocket socket, NetworkNamespace? within = null)
{
    private const int MostSpelledOut = 100;

    private readonly List<string> _changes = [];
    private readonly List<string> _problems = [];
    private IReadOnlyList<OverlayPlan>? _applied;
    private int _operations;
    private volatile Dictionary<string, int> _indexes = new(StringComparer.Ordinal);    // replaced, never changed
    private VxlanSpec[] _devices = [];
    private volatile int[] _deviceIndexes = [];

    /// <summary>Interface indexes of the VXLAN devices, and of the uplink while a node is reached directly, as of the last look. Needs no lock.</summary>
    public IReadOnlyCollection<int> DeviceIndexes => _deviceIndexes;

    /// <summary>Whether checksums of what is tunnelled are computed in software and not left to devices; null: as the devices are.</summary>
    public bool? SoftwareChecksums { get; set; }

    /// <summary>A VXLAN device's interface index, as of the last look; 0: there is none. Needs no lock.</summary>
    public int IndexOf(string device) => _indexes.GetValueOrDefault(device);

    /// <summary>
    /// Reads the kernel's tables and sends what differs; nothing when nothing does. Needed at start, when a link's flags change (one that goes down loses nexthops
    /// and routes without a word) and when notifications were lost.
    /// </summary>
    public ReconcileReport Run(IReadOnlyList<OverlayPlan> plans)
    {
        Begin(plans);
        VxlanSpec[] devices = DevicesOf(plans);
        var batch = new RouteBatch();
        List<LinkInfo> links = socket.Links();
        IReadOnlyDictionary<string, string> unusable = OverlayDevices.Queue(batch, devices, links);
        _problems.AddRange(unusable.Values);
        bool sent = Send(batch);
        // A change of MAC flushes neighbours, and a new device has a new index: so the tables are read after the devices are right.
        _indexes = (sent ? socket.Links(kind: "vxlan") : links)
            .Where(l => OverlayDevices.IsOurs(l) && !unusable.ContainsKey(l.Name) && devices.Any(d => d.Name == l.Name))
            .ToDictionary(l => l.Name, l => l.Index, StringComparer.Ordinal);
        IndexUplinks(plans, links);
        _deviceIndexes = [.. _indexes.Values];
        foreach (string device in devices.Select(d => d.Name).Where(_indexes.ContainsKey))
        {
            int spelled = _changes.Count;
            OverlayDevices.SetSysctls(device, within, _changes, _problems);
            _operations += _changes.Count - spelled;
        }
        if (SoftwareChecksums is { } inSoftware)
        {
            int spelled = _changes.Count;
            OverlayOffload.Set(_indexes, on: !inSoftware, within, _changes, _problems);
            _operations += _changes.Count - spelled;
        }
        OverlayTables wanted = TablesOf(plans);
        batch = new RouteBatch();
        _problems.AddRange(OverlayDiff.Queue(batch, wanted, OverlayState.Read(socket, devices.Select(d => _indexes.GetValueOrDefault(d.Name)).Where(i => i != 0))));
        Send(batch);
        (_applied, _devices) = _problems.Count == plans.Sum(p => p.Problems.Count) ? (plans, devices) : (null, []);
        return Report();
    }

    /// <summary>
    /// Sends what differs from the plans that were carried out last, without reading the kernel: a node that joins, leaves or changes its address. Reads
    /// it after all when devices change, or when something is not as it was left.
    /// </summary>
    public ReconcileReport Apply(IReadOnlyList<OverlayPlan> plans)
    {
        if (_applied is null || !_devices.SequenceEqual(DevicesOf(plans)) || plans.Any(p => p.HasDirectPeers && !_indexes.ContainsKey(p.Uplink!)))
        {
            return Run(plans);
        }
        Begin(plans);
        int known = _problems.Count;
        // A node's entries have keys of their own, so what both plans have of one needs no look.
        var batch = new RouteBatch();
        _problems.AddRange(OverlayDiff.Queue(batch, TablesOf(plans, unlike: _applied), new OverlayState { Tables = TablesOf(_applied, unlike: plans) }));
        Count(batch);
        if (socket.TryExecute(batch).Count > 0)
        {
            return ReconcileReport.Combine(Report() with { Problems = [] }, Run(plans));
        }
        _applied = _problems.Count == known ? plans : null;
        return Report();
    }

    private static VxlanSpec[] DevicesOf(IReadOnlyList<OverlayPlan> plans) => [.. plans.Select(p => p.Device).OfType<VxlanSpec>()];

    private OverlayTables TablesOf(IReadOnlyList<OverlayPlan> plans, IReadOnlyList<OverlayPlan>? unlike = null)
    {
        var tables = new OverlayTables();
        foreach (OverlayPlan plan in plans)
        {
            if (_indexes.TryGetValue(plan.Network.Device, out int device))
            {
                plan.AddTo(tables, device, _indexes.GetValueOrDefault(plan.Uplink ?? ""), unlike?.FirstOrDefault(p => p.Network == plan.Network));
            }
        }
        return tables;
    }

    /// <summary>Notes the interfaces that direct routes leave by. One that is down takes no next hop.</summary>
    private void IndexUplinks(IReadOnlyList<OverlayPlan> plans, IReadOnlyList<LinkInfo> links)
    {
        foreach (string name in plans.Where(p => p.HasDirectPeers).Select(p => p.Uplink!).Distinct())
        {
            if (links.FirstOrDefault(l => l.Name == name) is { IsUp: true } link)
            {
                _indexes[name] = link.Index;
            }
        }
    }

    private void Begin(IReadOnlyList<OverlayPlan> plans)
    {
        _changes.Clear();
        _operations = 0;
        _problems.Clear();
        _problems.AddRange(plans.SelectMany(p => p.Problems));
    }

    private ReconcileReport Report() => new(_operations, [.. _changes], [.. _problems]);

    private void Count(RouteBatch batch)
    {
        _operations += batch.Count;
        // To spell out what a start on a node among thousands does would take as long as to do it.
        for (int i = 0; i < batch.Count && _changes.Count < MostSpelledOut; i++)
        {
            _changes.Add(batch.OperationAt(i));
        }
    }

    private bool Send(RouteBatch batch)
    {
        Count(batch);
        foreach (NetlinkException failure in socket.TryExecute(batch))
        {
            // Gone already: somebody else did it meanwhile, or it went with something before it.
            if (failure.Errno is not (Errno.ENODEV or Errno.ENOENT or Errno.ESRCH))
            {
                _problems.Add(failure.Message);
            }
        }
        return batch.Count > 0;
    }
}
