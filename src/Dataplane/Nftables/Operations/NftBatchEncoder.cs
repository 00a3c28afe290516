using Weft.Dataplane.Netlink;
using Weft.Dataplane.Nftables.Statements;
using Weft.Dataplane.Nftables.Wire;

namespace Weft.Dataplane.Nftables.Operations;

/// <summary>Turns a transaction into the messages of one batch, and remembers which message is of which operation.</summary>
internal sealed class NftBatchEncoder(NetlinkBatch batch)
{
    private readonly List<int> _operationOf = [];
    private int _current = -1;
    private uint _nextSetId = 1;

    /// <summary>Index of the last message that is of an operation: the one to be acknowledged.</summary>
    public int LastMessage => batch.Count - 2;

    /// <summary>Fills the batch.</summary>
    public void Encode(IReadOnlyList<NftOperation> operations)
    {
        batch.Clear();
        _operationOf.Clear();
        _nextSetId = 1;
        Frame(NfGenHeader.BatchBegin, "begin the nf_tables batch");
        for (_current = 0; _current < operations.Count; _current++)
        {
            operations[_current].Encode(this);
        }
        Frame(NfGenHeader.BatchEnd, "commit the nf_tables batch");
    }

    /// <summary>The operation that a message is part of; -1 for the batch as a whole.</summary>
    public int OperationOf(int message) => message >= 0 && message < _operationOf.Count ? _operationOf[message] : -1;

    /// <summary>Starts a message of the current operation.</summary>
    public NetlinkWriter Begin(NftOperation operation, NftMessage message, NetlinkMessageFlags flags = NetlinkMessageFlags.None, int room = 2048)
    {
        NetlinkWriter writer = batch.Begin(NfGenHeader.Type(message), flags, room);
        writer.WriteHeader(NfGenHeader.For(operation.Table.Family));
        return writer;
    }

    /// <summary>Queues the message.</summary>
    public void End(ref NetlinkWriter writer, NftOperation operation)
    {
        batch.End(ref writer, operation);
        _operationOf.Add(_current);
    }

    /// <summary>A context whose anonymous sets have numbers of their own in this batch.</summary>
    public RuleContext Context(NftFamily family) => new(family) { NextSetId = _nextSetId };

    /// <summary>Takes the numbers that the anonymous sets of a rule got.</summary>
    public uint TakeSetId() => _nextSetId++;

    private void Frame(ushort type, string title)
    {
        NetlinkWriter writer = batch.Begin(type, NetlinkMessageFlags.None);
        writer.WriteHeader(NfGenHeader.ForBatch());
        batch.End(ref writer, title);
        _operationOf.Add(-1);
    }
}
