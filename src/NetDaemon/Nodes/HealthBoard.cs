using Weft.Contracts.V1;

namespace Weft.NetDaemon.Nodes;

/// <summary>Where each part of weftd says how it is doing, for `weft status`. Thread-safe.</summary>
internal sealed class HealthBoard(TimeProvider time)
{
    public const string Store = "store";
    public const string Rules = "rules";
    public const string Bridges = "bridges";
    public const string Overlay = "overlay";
    public const string Containers = "containers";
    public const string Addresses = "addresses";
    public const string Uplink = "uplink";
    public const string Forwarding = "forwarding";
    public const string Nodes = "nodes";
    public const string Blocks = "blocks";
    public const string Moved = "moved";
    public const string Paths = "paths";
    public const string Policies = "policies";
    public const string Checksums = "checksums";

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Condition> _conditions = new(StringComparer.Ordinal);
    private ulong _repairs;
    private string _lastRepair = "";

    /// <summary>Kernel operations that the reconcile at start sent: 0 when nothing had changed.</summary>
    public ulong StartOperations { get; set; }

    public void Ok(string name, string message) => Set(name, Health.Ok, message);

    /// <param name="name">The part.</param>
    /// <param name="message">One sentence with the next step.</param>
    public void Degraded(string name, string message) => Set(name, Health.Degraded, message);

    /// <summary>New containers are refused because of this.</summary>
    /// <param name="name">The part.</param>
    /// <param name="message">One sentence with the next step.</param>
    public void Failed(string name, string message) => Set(name, Health.Failed, message);

    /// <summary>Something foreign was undone.</summary>
    /// <param name="what">What, and by whom it was caused where that is known.</param>
    public void Repaired(string what)
    {
        lock (_lock)
        {
            _repairs++;
            _lastRepair = $"{time.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ} {what}";
        }
    }

    /// <summary>Fills in health, conditions and repairs.</summary>
    public void FillIn(StatusReply reply)
    {
        lock (_lock)
        {
            reply.Conditions.AddRange(_conditions.Values.Select(c => c.Clone()));
            reply.Health = _conditions.Values.Select(c => c.Health).DefaultIfEmpty(Health.Ok).Max();
            reply.Repairs = _repairs;
            reply.LastRepair = _lastRepair;
            reply.ReconcileOperations = StartOperations;
        }
    }

    private void Set(string name, Health health, string message)
    {
        lock (_lock)
        {
            _conditions[name] = new Condition { Name = name, Health = health, Message = message };
        }
    }
}
