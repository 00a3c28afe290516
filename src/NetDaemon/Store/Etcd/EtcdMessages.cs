using Google.Protobuf;
using Weft.NetDaemon.Store.Etcd.Wire;

namespace Weft.NetDaemon.Store.Etcd;

/// <summary>Between our terms and etcd's messages.</summary>
internal static class EtcdMessages
{
    /// <summary>The first key behind all keys with a prefix: its last byte plus one. For an empty prefix, etcd's sign for "to the end".</summary>
    public static ByteString RangeEnd(string prefix)
    {
        byte[] end = System.Text.Encoding.UTF8.GetBytes(prefix);
        if (end.Length == 0)
        {
            return ByteString.CopyFrom(0);
        }
        end[^1]++;      // no overflow: 0xff is no byte of UTF-8
        return ByteString.CopyFrom(end);
    }

    /// <summary>Where all keys with a prefix begin.</summary>
    public static ByteString RangeStart(string prefix) => prefix.Length == 0 ? ByteString.CopyFrom(0) : ByteString.CopyFromUtf8(prefix);

    public static StoreEntry ToEntry(KeyValue kv) =>
        new(kv.Key.ToStringUtf8(), kv.Value.Memory, kv.CreateRevision, kv.ModRevision, kv.Version, kv.Lease);

    public static StoreChange ToChange(Event change) =>
        new(change.Kv.Key.ToStringUtf8(), change.Type == Event.Types.EventType.Delete ? null : ToEntry(change.Kv));

    public static TxnRequest ToRequest(StoreTxn txn)
    {
        var request = new TxnRequest();
        foreach (StoreCondition condition in txn.Conditions)
        {
            request.Compare.Add(new Compare
            {
                Result = Compare.Types.CompareResult.Equal,
                Target = Compare.Types.CompareTarget.Mod,
                Key = ByteString.CopyFromUtf8(condition.Key),
                ModRevision = condition.ModRevision,        // 0 of a key that does not exist
            });
        }
        foreach (StoreOperation operation in txn.Operations)
        {
            request.Success.Add(operation switch
            {
                StoreOperation.Put put => new RequestOp
                {
                    RequestPut = new PutRequest
                    {
                        Key = ByteString.CopyFromUtf8(put.Key),
                        Value = ByteString.CopyFrom(put.Value.Span),
                        Lease = put.Lease,
                    },
                },
                _ => new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = ByteString.CopyFromUtf8(operation.Key) } },
            });
        }
        return request;
    }
}
