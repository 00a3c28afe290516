using System.Net;
using Weft.Dataplane.Route;

namespace Weft.NetDaemon.Kernel;

/// <summary>Which filters and classes the shaper holds, and which numbers are free. Each question takes one step however many there are.</summary>
internal sealed class ShaperNumbers
{
    private const ushort FirstMinor = 2;           // 1: is the discipline itself
    private const ushort LastMinor = 0xFFFE;
    private const int LastNumber = 0xFFF;

    private readonly Dictionary<IPAddress, (uint Handle, ushort Minor)> _filters = [];
    private readonly HashSet<uint> _handles = [];
    private readonly Dictionary<ushort, int> _minors = [];      // with the number of filters that lead there
    private int _lowest = FirstMinor;                           // no number below it is free

    /// <summary>Whether no address has a filter.</summary>
    public bool IsEmpty => _filters.Count == 0;

    /// <summary>The addresses that have filters, and the classes. Copies.</summary>
    public (IReadOnlyList<IPAddress> Addresses, IReadOnlyList<ushort> UnusedMinors) All =>
        ([.. _filters.Keys], [.. _minors.Where(m => m.Value == 0).Select(m => m.Key)]);

    public void Clear()
    {
        _filters.Clear();
        _handles.Clear();
        _minors.Clear();
        _lowest = FirstMinor;
    }

    /// <summary>Takes note of a class that is there.</summary>
    public void Know(ushort minor) => _minors.TryAdd(minor, 0);

    /// <summary>Takes note of a filter that is there.</summary>
    public void Know(IPAddress source, uint handle, ushort minor)
    {
        Forget(source, out _, out _);
        _filters[source] = (handle, minor);
        _handles.Add(handle);
        _minors[minor] = _minors.GetValueOrDefault(minor) + 1;
    }

    /// <summary>A class number that nobody has, from now on somebody's; null: there is none left.</summary>
    public ushort? TakeMinor()
    {
        while (_lowest <= LastMinor && _minors.ContainsKey((ushort)_lowest))
        {
            _lowest++;
        }
        if (_lowest > LastMinor)
        {
            return null;
        }
        _minors[(ushort)_lowest] = 0;
        return (ushort)_lowest;
    }

    /// <summary>A number for the filter of an address that leads to a class; null: there is none left for addresses that end so.</summary>
    public int? TakeFilter(IPAddress source, ushort minor)
    {
        for (int number = 1; number <= LastNumber; number++)
        {
            uint handle = RouteBatch.ClassFilterHandle(source, number);
            if (!_handles.Contains(handle))
            {
                Know(source, handle, minor);
                return number;
            }
        }
        return null;
    }

    /// <summary>Frees the number of an address's filter.</summary>
    /// <returns>Whether it had one.</returns>
    public bool Forget(IPAddress source, out uint handle, out ushort minor)
    {
        bool had = _filters.Remove(source, out (uint Handle, ushort Minor) filter);
        (handle, minor) = filter;
        if (had)
        {
            _handles.Remove(handle);
            _minors[minor]--;
        }
        return had;
    }

    /// <summary>Frees the number of a class to which no filter leads any more.</summary>
    /// <returns>Whether that is so.</returns>
    public bool ForgetUnused(ushort minor)
    {
        if (_minors.GetValueOrDefault(minor, -1) != 0)
        {
            return false;
        }
        _minors.Remove(minor);
        _lowest = Math.Min(_lowest, Math.Max(minor, FirstMinor));
        return true;
    }
}
