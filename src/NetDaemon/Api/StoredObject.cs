using Google.Protobuf;
using Weft.NetDaemon.Store;

namespace Weft.NetDaemon.Api;

/// <summary>Objects as the store keeps them: protobuf.</summary>
internal static class StoredObject
{
    /// <exception cref="StoreException">The bytes are not such an object.</exception>
    public static T Read<T>(StoreEntry entry, MessageParser<T> parser) where T : class, IMessage<T>
    {
        try
        {
            return parser.ParseFrom(entry.Value.Span);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new StoreException($"{entry.Key} holds {entry.Value.Length} bytes that are not a {typeof(T).Name}: {e.Message}", e)
            {
                NextStep = "the store is damaged or was written by another version; restore a backup",
            };
        }
    }

    /// <param name="entry">What is stored.</param>
    /// <param name="parser">Of the kind.</param>
    /// <param name="keyOf">The key that such an object belongs to.</param>
    /// <exception cref="StoreException">The bytes are not such an object, or one that belongs elsewhere.</exception>
    public static T Read<T>(StoreEntry entry, MessageParser<T> parser, Func<T, string> keyOf) where T : class, IMessage<T>
    {
        T read = Read(entry, parser);
        return keyOf(read) == entry.Key ? read : throw new StoreException($"{entry.Key} holds the {typeof(T).Name} that belongs into {keyOf(read)}")
        {
            NextStep = "somebody wrote it by hand; delete the key, or restore a backup",
        };
    }
}
