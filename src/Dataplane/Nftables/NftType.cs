using System.Collections.Immutable;

namespace Weft.Dataplane.Nftables;

/// <summary>Type of a set's keys or of a map's data: one data type, or a concatenation of up to five.</summary>
public sealed class NftType : IEquatable<NftType>
{
    private const int BitsPerField = 6;         // TYPE_BITS in nftables' datatype.h

    private NftType(ImmutableArray<NftDataType> fields)
    {
        Fields = fields;
        uint id = 0;
        int length = 0;
        foreach (NftDataType field in fields)
        {
            id = (id << BitsPerField) | field.Id;
            length += fields.Length == 1 ? field.Length : field.PaddedLength;
        }
        Id = id;
        Length = length;
    }

    /// <summary>Its parts, in order.</summary>
    public ImmutableArray<NftDataType> Fields { get; }

    /// <summary>nft's number for it.</summary>
    public uint Id { get; }

    /// <summary>Bytes of a value; each part of a concatenation is padded to 4.</summary>
    public int Length { get; }

    /// <summary>Whether it has several parts.</summary>
    public bool IsConcatenation => Fields.Length > 1;

    /// <summary>A type of one or several parts.</summary>
    /// <exception cref="ArgumentException">None, more than five (what a number of 32 bits holds), or longer than 64 bytes.</exception>
    public static NftType Of(params ReadOnlySpan<NftDataType> fields)
    {
        if (fields.Length is 0 or > 5)
        {
            throw new ArgumentException($"a key has 1 to 5 parts, not {fields.Length}", nameof(fields));
        }
        var type = new NftType([.. fields]);
        return type.Length <= 64
            ? type
            : throw new ArgumentException($"{type} takes {type.Length} bytes, more than 64 (NFT_DATA_VALUE_MAXLEN)", nameof(fields));
    }

    /// <summary>A type of one part.</summary>
    public static implicit operator NftType(NftDataType type) => Of(type);

    /// <summary>As the conversion.</summary>
    public static NftType FromNftDataType(NftDataType type) => Of(type);

    /// <summary>The type with that number, or null when a part of it is unknown.</summary>
    internal static NftType? Find(uint id)
    {
        var fields = new List<NftDataType>();
        for (uint rest = id; rest != 0; rest >>= BitsPerField)
        {
            if (NftDataType.Find(rest & ((1 << BitsPerField) - 1)) is not { } field)
            {
                return null;
            }
            fields.Insert(0, field);
        }
        return fields.Count is 0 or > 5 ? null : Of([.. fields]);
    }

    /// <summary>"10.0.0.1 . tcp . 80"</summary>
    public string Format(NftValue value)
    {
        ReadOnlySpan<byte> rest = value.Bytes;
        if (!IsConcatenation)
        {
            return Fields[0].Format(rest);
        }
        string[] parts = new string[Fields.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            int take = Math.Min(Fields[i].PaddedLength, rest.Length);
            parts[i] = Fields[i].Format(rest[..take]);
            rest = rest[take..];
        }
        return string.Join(" . ", parts);
    }

    /// <summary>"ipv4_addr . inet_proto . inet_service"</summary>
    public override string ToString() => string.Join(" . ", Fields.Select(static field => field.Name));

    /// <inheritdoc/>
    public bool Equals(NftType? other) => other is not null && Id == other.Id;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as NftType);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Id;
}
