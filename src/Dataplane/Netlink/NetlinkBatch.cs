using System.Runtime.InteropServices;
using System.Text;

namespace Weft.Dataplane.Netlink;

/// <summary>
/// Requests that go to the kernel in one send. Queueing never touches the kernel. Not thread-safe. May be cleared and used again.
/// </summary>
public sealed class NetlinkBatch
{
    private readonly List<Entry> _entries = [];
    private byte[] _buffer;
    private int _length;

    /// <summary>An empty batch.</summary>
    /// <param name="capacity">Bytes to start with; it grows as needed.</param>
    public NetlinkBatch(int capacity = 4096) => _buffer = new byte[capacity];

    /// <summary>Number of messages queued.</summary>
    public int Count => _entries.Count;

    /// <summary>Bytes queued.</summary>
    public int Length => _length;

    internal ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>The bytes of the messages from <paramref name="start"/> on that one send takes.</summary>
    /// <param name="start">Index of the first message.</param>
    /// <param name="maxCount">How many at most.</param>
    /// <param name="maxBytes">How many bytes at most; a single message may be longer.</param>
    /// <param name="count">How many they are: 1 at least.</param>
    internal ReadOnlySpan<byte> Slice(int start, int maxCount, int maxBytes, out int count)
    {
        int from = _entries[start].Offset;
        int end = EndOf(start);
        for (count = 1; count < maxCount && start + count < _entries.Count && EndOf(start + count) - from <= maxBytes; count++)
        {
            end = EndOf(start + count);
        }
        return _buffer.AsSpan(from, end - from);

        int EndOf(int index) => index + 1 < _entries.Count ? _entries[index + 1].Offset : _length;
    }

    /// <summary>
    /// Starts a message at the end of the batch. Write it, then give the writer to <see cref="End(ref NetlinkWriter, string)"/>;
    /// nothing is queued before.
    /// </summary>
    /// <param name="type">nlmsg_type.</param>
    /// <param name="flags">nlmsg_flags.</param>
    /// <param name="room">Bytes that the message may take at most.</param>
    public NetlinkWriter Begin(ushort type, NetlinkMessageFlags flags, int room = 2048)
    {
        if (_buffer.Length - _length < room)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + room));
        }
        return new NetlinkWriter(_buffer.AsSpan(_length), type, flags);
    }

    /// <summary>Queues the message that was written since <see cref="Begin"/>.</summary>
    /// <param name="writer">The writer that Begin returned.</param>
    /// <param name="operation">What it does, for error messages and traces: "create bridge weft1".</param>
    public void End(ref NetlinkWriter writer, string operation) => End(ref writer, (object)operation);

    /// <summary>As above, for an operation that is printed only when somebody asks.</summary>
    internal void End(ref NetlinkWriter writer, object operation)
    {
        _entries.Add(new Entry(_length, operation));
        _length += writer.Finish();
    }

    /// <summary>Forgets all messages; the memory is kept.</summary>
    public void Clear()
    {
        _entries.Clear();
        _length = 0;
    }

    /// <summary>The operations, one a line.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (Entry entry in _entries)
        {
            text.Append(entry.Operation).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>What a message does.</summary>
    internal string OperationOf(int index) => _entries[index].Operation.ToString()!;

    /// <summary>Adds flags to one message.</summary>
    internal void AddFlags(int index, NetlinkMessageFlags flags)
    {
        Span<byte> field = _buffer.AsSpan(_entries[index].Offset + 6);     // nlmsg_flags
        ushort value = (ushort)(MemoryMarshal.Read<ushort>(field) | (ushort)flags);
        MemoryMarshal.Write(field, in value);
    }

    /// <summary>Numbers messages: the one at <paramref name="start"/> gets <paramref name="first"/>, each further one the next.</summary>
    internal void NumberFrom(int start, int count, uint first)
    {
        for (int i = 0; i < count; i++)
        {
            uint sequence = first + (uint)i;
            MemoryMarshal.Write(_buffer.AsSpan(_entries[start + i].Offset + 8), in sequence);     // nlmsg_seq
        }
    }

    private readonly record struct Entry(int Offset, object Operation);
}
