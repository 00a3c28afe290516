using System.Runtime.InteropServices;

namespace Weft.Dataplane.Netlink;

/// <summary>Reads attributes one after the other, each checked against the end of the bytes.</summary>
/// <example><code>
/// while (reader.TryRead(out NetlinkAttribute attribute)) { ... }
/// </code></example>
public ref struct AttributeReader
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Reads the attributes that fill <paramref name="bytes"/>.</summary>
    public AttributeReader(ReadOnlySpan<byte> bytes) => _rest = bytes;

    /// <summary>The next attribute; false at the end.</summary>
    /// <exception cref="MalformedNetlinkException">An attribute claims more bytes than there are, or fewer than its header.</exception>
    public bool TryRead(out NetlinkAttribute attribute)
    {
        if (_rest.IsEmpty)
        {
            attribute = default;
            return false;
        }
        if (_rest.Length < NetlinkAttribute.HeaderSize)
        {
            throw new MalformedNetlinkException($"{_rest.Length} bytes are left where an attribute of at least 4 should start");
        }
        int length = MemoryMarshal.Read<ushort>(_rest);
        ushort type = (ushort)(MemoryMarshal.Read<ushort>(_rest[2..]) & NetlinkAttribute.TypeMask);
        if (length < NetlinkAttribute.HeaderSize || length > _rest.Length)
        {
            throw new MalformedNetlinkException($"attribute {type} claims {length} bytes of {_rest.Length}");
        }
        attribute = new NetlinkAttribute(type, _rest[NetlinkAttribute.HeaderSize..length]);
        int padded = (length + 3) & ~3;
        _rest = padded >= _rest.Length ? [] : _rest[padded..];
        return true;
    }
}
