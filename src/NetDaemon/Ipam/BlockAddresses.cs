using System.Net;

namespace Weft.NetDaemon.Ipam;

/// <summary>
/// Which addresses of one block are in use, cooling or free. Never-used ones are given out first, in address order; then
/// released ones, in the order of their release, each once its cool-down is over. In memory, without a clock. Not thread-safe.
/// </summary>
internal sealed class BlockAddresses
{
    private enum State : byte { Fresh, Used, Released, Reserved }

    private readonly State[] _states;
    private readonly TimeSpan _coolDown;
    private readonly DateTimeOffset[] _releasedAt;     // by offset; default: never released
    private readonly string?[] _owners;                // by offset: who released it
    private readonly List<int> _released = [];         // offsets in the order of release; a block is small, so the front may be removed
    private int _firstFresh;   // no fresh address is below

    /// <summary>All addresses but the reserved ones are fresh.</summary>
    /// <param name="block">Its range: at most 2^<see cref="PoolLayout.MaximumBlockBits"/> addresses.</param>
    /// <param name="coolDown">How long a released address rests.</param>
    /// <param name="isReserved">Which addresses nobody gets; null for none.</param>
    public BlockAddresses(Cidr block, TimeSpan coolDown, Func<IPAddress, bool>? isReserved = null)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(block.LastOffset, (UInt128)(1 << PoolLayout.MaximumBlockBits) - 1, nameof(block));
        ArgumentOutOfRangeException.ThrowIfLessThan(coolDown, TimeSpan.Zero);
        (Block, _coolDown) = (block, coolDown);
        _states = new State[(int)block.LastOffset + 1];
        for (int offset = 0; isReserved is not null && offset < _states.Length; offset++)
        {
            if (isReserved(block.AddressAt((UInt128)offset)))
            {
                _states[offset] = State.Reserved;
            }
        }
        _releasedAt = new DateTimeOffset[_states.Length];
        _owners = new string?[_states.Length];
        Size = _states.Count(s => s != State.Reserved);
        Fresh = Size;
    }

    public Cidr Block { get; }

    /// <summary>Addresses that may be given out at all.</summary>
    public int Size { get; }

    /// <summary>Addresses in use.</summary>
    public int Used => Size - Fresh - _released.Count;

    /// <summary>Addresses that were never used.</summary>
    public int Fresh { get; private set; }

    /// <summary>Addresses in use that a test lets through; null: all.</summary>
    public int CountUsed(Func<IPAddress, bool>? counts)
    {
        if (counts is null)
        {
            return Used;
        }
        int used = 0;
        for (int offset = 0; offset < _states.Length; offset++)
        {
            used += _states[offset] == State.Used && counts(Block.AddressAt((UInt128)offset)) ? 1 : 0;
        }
        return used;
    }

    /// <summary>Released addresses whose cool-down is not over, and that a test lets through; null: all.</summary>
    public int Cooling(DateTimeOffset now, Func<IPAddress, bool>? counts = null)
    {
        int cooling = 0;
        foreach (int offset in _released)
        {
            cooling += !IsCool(offset, now) && counts?.Invoke(Block.AddressAt((UInt128)offset)) != false ? 1 : 0;
        }
        return cooling;
    }

    /// <summary>Addresses that can be given out at once.</summary>
    public int Available(DateTimeOffset now)
    {
        NoticeClockSetBack(now);
        return Fresh + _released.Count(o => IsCool(o, now));
    }

    /// <summary>Whether no address is in use, or was since a moment.</summary>
    public bool IsIdleSince(DateTimeOffset since) => Used == 0 && _released.TrueForAll(o => _releasedAt[o] <= since);

    /// <summary>Addresses in use.</summary>
    public IEnumerable<IPAddress> InUse => Enumerable.Range(0, _states.Length).Where(o => _states[o] == State.Used).Select(o => Block.AddressAt((UInt128)o));

    /// <summary>Released addresses, in the order of release, with when and by whom.</summary>
    public IEnumerable<(IPAddress Address, DateTimeOffset At, string? Owner)> Released =>
        _released.Select(o => (Block.AddressAt((UInt128)o), _releasedAt[o], _owners[o]));

    /// <summary>Whether an attachment has the address, or had it just now.</summary>
    public bool IsUsedOrCooling(IPAddress address, DateTimeOffset now)
    {
        int offset = (int)Block.OffsetOf(address);
        return _states[offset] == State.Used || (_states[offset] == State.Released && !IsCool(offset, now));
    }

    /// <summary>Whether a never-used address may be given.</summary>
    public bool HasFresh(BlockTurn turn) => FirstFresh(turn.Allows) is not null;

    /// <summary>When the address that is to be reused next was released, or null when there is none that may be: of several
    /// blocks, the one with the earliest is first.</summary>
    public DateTimeOffset? ReusableSince(BlockTurn turn) => FirstReusable(turn) is { } offset ? _releasedAt[offset] : null;

    /// <summary>When the first cooling address that may be given can be reused, or null when none is released.</summary>
    public DateTimeOffset? NextFree(DateTimeOffset now, Func<IPAddress, bool>? allows = null)
    {
        NoticeClockSetBack(now);
        foreach (int offset in _released)
        {
            if (allows?.Invoke(Block.AddressAt((UInt128)offset)) != false)
            {
                return _releasedAt[offset] + _coolDown;
            }
        }
        return null;
    }

    /// <summary>Takes the address whose turn it is, or returns null when none may be given.</summary>
    public IPAddress? TryTake(BlockTurn turn) => (FirstFresh(turn.Allows) ?? FirstReusable(turn)) is { } offset ? Take(offset) : null;

    /// <summary>Takes a certain address. It need not have cooled down: who asks for it by name is mostly who had it before.</summary>
    /// <returns>False when it is in use or reserved.</returns>
    public bool TryTake(IPAddress address)
    {
        int offset = (int)Block.OffsetOf(address);
        if (_states[offset] is State.Used or State.Reserved)
        {
            return false;
        }
        Take(offset);
        return true;
    }

    /// <summary>The address that an owner released last, after a moment, with the time, of those that may be given; null when there is none or
    /// somebody has it.</summary>
    public (IPAddress Address, DateTimeOffset ReleasedAt)? FormerOf(string owner, DateTimeOffset since, Func<IPAddress, bool> allows)
    {
        for (int i = _released.Count - 1; i >= 0; i--)
        {
            int offset = _released[i];
            if (_owners[offset] == owner && _releasedAt[offset] > since && allows(Block.AddressAt((UInt128)offset)))
            {
                return (Block.AddressAt((UInt128)offset), _releasedAt[offset]);
            }
        }
        return null;
    }

    /// <summary>Whether an attachment has the address.</summary>
    public bool IsUsed(IPAddress address) => _states[(int)Block.OffsetOf(address)] == State.Used;

    /// <summary>Gives a used address back: it cools down from <paramref name="now"/> on. False when it was not in use.</summary>
    /// <param name="address">The address.</param>
    /// <param name="now">Wall time.</param>
    /// <param name="owner">Who may want it back, or null.</param>
    public bool Release(IPAddress address, DateTimeOffset now, string? owner = null)
    {
        int offset = (int)Block.OffsetOf(address);
        if (_states[offset] != State.Used)
        {
            return false;
        }
        _states[offset] = State.Released;
        _releasedAt[offset] = now;
        _owners[offset] = owner;
        _released.Add(offset);
        return true;
    }

    /// <summary>Puts a fresh address behind all released ones, as the ledger remembers it. False when it is not fresh.</summary>
    public bool RestoreReleased(IPAddress address, DateTimeOffset releasedAt, string? owner = null)
    {
        int offset = (int)Block.OffsetOf(address);
        if (_states[offset] != State.Fresh)
        {
            return false;
        }
        Take(offset);
        return Release(address, releasedAt, owner);
    }

    /// <summary>Gives back an address that no packet has used, as if it had not been taken. False when it was not in use.</summary>
    public bool ReturnUnused(IPAddress address)
    {
        int offset = (int)Block.OffsetOf(address);
        if (_states[offset] != State.Used)
        {
            return false;
        }
        if (_releasedAt[offset] == default)
        {
            _states[offset] = State.Fresh;
            _firstFresh = Math.Min(_firstFresh, offset);
            Fresh++;
            return true;
        }
        // It may have been asked for by name while it cooled, and must go on cooling then.
        _states[offset] = State.Released;
        int place = _released.FindIndex(o => _releasedAt[o] >= _releasedAt[offset]);
        _released.Insert(place < 0 ? _released.Count : place, offset);
        return true;
    }

    private IPAddress Take(int offset)
    {
        if (_states[offset] == State.Fresh)
        {
            Fresh--;
        }
        else
        {
            _released.Remove(offset);
        }
        _states[offset] = State.Used;
        return Block.AddressAt((UInt128)offset);
    }

    private int? FirstFresh(Func<IPAddress, bool>? allows)
    {
        if (Fresh == 0)
        {
            return null;
        }
        while (_states[_firstFresh] != State.Fresh)
        {
            _firstFresh++;
        }
        for (int offset = _firstFresh; offset < _states.Length; offset++)
        {
            if (_states[offset] == State.Fresh && (allows is null || allows(Block.AddressAt((UInt128)offset))))
            {
                return offset;
            }
        }
        return null;
    }

    private int? FirstReusable(BlockTurn turn)
    {
        NoticeClockSetBack(turn.Now);
        foreach (int offset in _released)
        {
            if (!IsCool(offset, turn.Now))
            {
                return null;   // those behind it were released later
            }
            bool kept = _owners[offset] is not null && _releasedAt[offset] > turn.KeptSince;
            if (!kept && (turn.Allows is null || turn.Allows(Block.AddressAt((UInt128)offset))))
            {
                return offset;
            }
        }
        return null;
    }

    private bool IsCool(int offset, DateTimeOffset now) => now - _releasedAt[offset] >= _coolDown;

    // A release "in the future" was written before the clock was set back. It would cool for that long; count it from now instead. All at once: one after
    // the other would each cool anew.
    private void NoticeClockSetBack(DateTimeOffset now)
    {
        foreach (int offset in _released)
        {
            if (_releasedAt[offset] > now)
            {
                _releasedAt[offset] = now;
            }
        }
    }
}
