using Weft.Dataplane.Nftables;
using Weft.Policy.Compilation;

namespace Weft.NetDaemon.Policies;

/// <summary>Gives classes the numbers by which the kernel knows them. They outlive weftd in the kernel: a restart finds the same ones.</summary>
internal sealed class ClassNumbers
{
    /// <summary>The class of those that nobody knows the labels of.</summary>
    public const uint Pending = 1;

    private readonly Dictionary<ClassId, uint> _numbers = [];
    private readonly HashSet<uint> _taken = [0, Pending];
    private uint _last = Pending;

    public uint Of(ClassId id)
    {
        if (_numbers.TryGetValue(id, out uint number))
        {
            return number;
        }
        // Not the lowest that is free: a number means something else only when all others were used meanwhile.
        do
        {
            _last++;
        }
        while (!_taken.Add(_last));
        _numbers.Add(id, _last);
        return _last;
    }

    /// <summary>A class is gone, in the kernel as well.</summary>
    public void Release(ClassId id)
    {
        if (_numbers.Remove(id, out uint number))
        {
            _taken.Remove(number);
        }
    }

    /// <summary>Takes over what the kernel has, for classes without a number here.</summary>
    public void Adopt(NftTableState? actual)
    {
        foreach (NftElement element in actual?.Sets.FirstOrDefault(set => set.Info.Name == PolicySets.Verdicts.Name)?.Elements ?? [])
        {
            if (element.Verdict?.Chain is { } chain && chain != PolicyRules.Pending && element.Key.Length == sizeof(uint))
            {
                uint number = BitConverter.ToUInt32(element.Key.Bytes);
                if (!_numbers.ContainsKey(new ClassId(chain)) && _taken.Add(number))
                {
                    _numbers.Add(new ClassId(chain), number);
                    _last = Math.Max(_last, number);
                }
            }
        }
    }
}
