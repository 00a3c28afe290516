using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Weft.NetDaemon.Attachments;

/// <summary>The node's attachments in memory, the same as in the ledger. Changed under the <see cref="NodeLock"/>; readable by anyone.</summary>
internal sealed class AttachmentTable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, AttachmentRecord> _byId = [];
    private readonly Dictionary<AttachmentKey, ulong> _byKey = [];
    private readonly Dictionary<string, ulong> _byHostInterface = new(StringComparer.Ordinal);
    private readonly Dictionary<IPAddress, ulong> _byAddress = [];
    private int _pending;

    public IReadOnlyList<AttachmentRecord> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _byId.Values];
            }
        }
    }

    public (int Committed, int Pending) Count
    {
        get
        {
            lock (_lock)
            {
                return (_byId.Count - _pending, _pending);
            }
        }
    }

    public void Put(AttachmentRecord record)
    {
        lock (_lock)
        {
            RemoveLocked(record.Id);
            _byId[record.Id] = record;
            _byKey[record.Key] = record.Id;
            _byHostInterface[record.HostInterface] = record.Id;
            foreach (AttachmentAddress address in record.Addresses)
            {
                _byAddress[address.Address] = record.Id;
            }
            _pending += record.State == AttachmentState.Pending ? 1 : 0;
        }
    }

    public void Remove(AttachmentRecord record)
    {
        lock (_lock)
        {
            RemoveLocked(record.Id);
        }
    }

    public bool TryGet(ulong id, [NotNullWhen(true)] out AttachmentRecord? record)
    {
        lock (_lock)
        {
            return _byId.TryGetValue(id, out record);
        }
    }

    public bool TryGet(AttachmentKey key, [NotNullWhen(true)] out AttachmentRecord? record)
    {
        lock (_lock)
        {
            record = null;
            return _byKey.TryGetValue(key, out ulong id) && _byId.TryGetValue(id, out record);
        }
    }

    /// <summary>The committed attachment whose host end has that name, or null.</summary>
    public AttachmentRecord? CommittedByHostInterface(string name)
    {
        lock (_lock)
        {
            return _byHostInterface.TryGetValue(name, out ulong id) ? Committed(id) : null;
        }
    }

    /// <summary>The committed attachment that has that address, or null.</summary>
    public AttachmentRecord? CommittedByAddress(IPAddress address)
    {
        lock (_lock)
        {
            return _byAddress.TryGetValue(address, out ulong id) ? Committed(id) : null;
        }
    }

    private AttachmentRecord? Committed(ulong id) =>
        _byId.TryGetValue(id, out AttachmentRecord? record) && record.State == AttachmentState.Committed ? record : null;

    private void RemoveLocked(ulong id)
    {
        if (!_byId.Remove(id, out AttachmentRecord? old))
        {
            return;
        }
        _byKey.Remove(old.Key);
        _byHostInterface.Remove(old.HostInterface);
        foreach (AttachmentAddress address in old.Addresses)
        {
            _byAddress.Remove(address.Address);
        }
        _pending -= old.State == AttachmentState.Pending ? 1 : 0;
    }
}
