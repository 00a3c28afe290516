using Google.Protobuf;
using Weft.Contracts.V1;

namespace Weft.NetDaemon.Ipam;

/// <summary>
/// Until when this node may give out new addresses of its blocks: for a time after the store last confirmed them, by CLOCK_BOOTTIME. Others take a
/// node's blocks only after longer than that (<see cref="BlockReclaimer"/>), so no two nodes give out one address whatever is cut off from what. Outlives weftd by a
/// file, not a reboot: how long that took no clock tells. Thread-safe.
/// </summary>
internal sealed class BlockFence
{
    /// <summary>File name within the state directory.</summary>
    public const string FileName = "blocks.held";

    /// <summary>How long a node goes on without the store where nothing else is configured.</summary>
    public static readonly TimeSpan DefaultHold = TimeSpan.FromHours(24);

    private readonly Lock _lock = new();
    private readonly TimeProvider _boot;
    private readonly string _bootId;
    private readonly string _path;
    private readonly uint _node;
    private BlockHold? _last;      // what the store confirmed last, in this boot

    /// <param name="stateDirectory">Exists.</param>
    /// <param name="node">This node's number.</param>
    /// <param name="bootId">Of the running kernel.</param>
    /// <param name="hold">How long this node goes on without the store.</param>
    /// <param name="boot">Its timestamps: CLOCK_BOOTTIME.</param>
    public BlockFence(string stateDirectory, uint node, string bootId, TimeSpan hold, TimeProvider boot)
    {
        (_path, _node, _bootId, Hold, _boot) = (Path.Combine(stateDirectory, FileName), node, bootId, hold, boot);
        _last = Read();
    }

    /// <summary>How long this node goes on without the store.</summary>
    public TimeSpan Hold { get; }

    /// <summary>Now, by CLOCK_BOOTTIME.</summary>
    public TimeSpan Now => _boot.GetElapsedTime(0, _boot.GetTimestamp());

    /// <summary>How much longer new addresses may be given out: zero or less when not at all; null when the store confirmed nothing since the boot.</summary>
    public TimeSpan? Left
    {
        get
        {
            lock (_lock)
            {
                // The shorter of what was said to the others and what is configured now.
                return _last is { } last
                    ? TimeSpan.FromMilliseconds(Math.Min(last.HoldMs, Hold.TotalMilliseconds)) - (Now - TimeSpan.FromMilliseconds(last.ConfirmedBootMs))
                    : null;
            }
        }
    }

    /// <summary>Whether new addresses may be given out.</summary>
    public bool IsUp => Left > TimeSpan.Zero;

    /// <summary>Whether the store has confirmed a block just as it is known.</summary>
    public bool Covers(OwnedBlock block)
    {
        lock (_lock)
        {
            return _last?.Blocks.Contains(Describe(block)) == true;
        }
    }

    /// <summary>The store's history in which it confirmed the blocks last; null when it confirmed nothing since the boot.</summary>
    public string? History
    {
        get
        {
            lock (_lock)
            {
                return _last?.History;
            }
        }
    }

    /// <summary>What to say to the store. To be taken before it is sent: the time counts from there.</summary>
    /// <param name="history">The store's.</param>
    /// <param name="stage">How much this node has put back into it.</param>
    public BlockHold Announce(string history = "", HoldStage stage = HoldStage.All) => new()
    {
        Node = _node,
        BootId = _bootId,
        HoldMs = (long)Hold.TotalMilliseconds,
        ConfirmedBootMs = (long)Now.TotalMilliseconds,
        History = history,
        Stage = stage,
    };

    /// <summary>The store has taken it.</summary>
    public void Confirmed(BlockHold said, IEnumerable<OwnedBlock> blocks)
    {
        lock (_lock)
        {
            _last = said.Clone();
            _last.Blocks.AddRange(blocks.Select(Describe));
            TryWrite(_last);
        }
    }

    /// <summary>
    /// A store that lost its data knows this node's blocks again. That is no reason to hold them for longer: it may be the wrong store, while others take the blocks in the
    /// right one.
    /// </summary>
    public void PutBack(string history)
    {
        lock (_lock)
        {
            if (_last is not null)
            {
                _last.History = history;
                TryWrite(_last);
            }
        }
    }

    /// <summary>A block that is held is known to the store anew, under another revision.</summary>
    public void Replace(OwnedBlock before, OwnedBlock now)
    {
        lock (_lock)
        {
            if (_last?.Blocks.Remove(Describe(before)) == true)
            {
                _last.Blocks.Add(Describe(now));
                TryWrite(_last);
            }
        }
    }

    /// <summary>A block was claimed: it is held as long as the others are.</summary>
    public void Add(OwnedBlock block)
    {
        lock (_lock)
        {
            if (_last is not null && !_last.Blocks.Contains(Describe(block)))
            {
                _last.Blocks.Add(Describe(block));
                TryWrite(_last);
            }
        }
    }

    /// <summary>A block is about to be given up, or was taken: a weftd that starts later must not use it. To be called before the store is.</summary>
    /// <exception cref="IOException">The file could not be written: the block must be kept.</exception>
    public void Remove(OwnedBlock block)
    {
        lock (_lock)
        {
            if (_last?.Blocks.Remove(Describe(block)) == true)
            {
                Write(_last);
            }
        }
    }

    private static HeldBlock Describe(OwnedBlock block) =>
        new() { Pool = block.Pool, Cidr = block.Cidr.ToString(), Epoch = block.Epoch, Revision = block.ModRevision };

    private BlockHold? Read()
    {
        try
        {
            BlockHold saved = BlockHold.Parser.ParseFrom(File.ReadAllBytes(_path));
            return saved.Node == _node && saved.BootId == _bootId ? saved : null;
        }
        catch (Exception e) when (e is IOException or InvalidProtocolBufferException or UnauthorizedAccessException)
        {
            return null;    // as after a reboot: the store is asked first
        }
    }

    private void TryWrite(BlockHold hold)
    {
        try
        {
            Write(hold);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The older file says less: a weftd that starts while the store is away gives out less, or nothing. A full disk is told by the ledger.
        }
    }

    // Not fsynced: after a power loss it is another boot's, and not looked at.
    private void Write(BlockHold hold)
    {
        string next = _path + ".new";
        File.WriteAllBytes(next, hold.ToByteArray());
        File.Move(next, _path, overwrite: true);
    }
}
