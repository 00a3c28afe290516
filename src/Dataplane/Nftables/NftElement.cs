using System.Net;

namespace Weft.Dataplane.Nftables;

/// <summary>An element of a set or map.</summary>
public readonly record struct NftElement
{
    /// <summary>An element with one key.</summary>
    public NftElement(NftValue key) => Key = key;

    /// <summary>Its key, or the first value of its range.</summary>
    public NftValue Key { get; init; }

    /// <summary>The last value of its range, included; none for a single value. In a concatenation each part is a range of its own.</summary>
    public NftValue End { get; init; }

    /// <summary>What a data map holds for it; none otherwise.</summary>
    public NftValue Data { get; init; }

    /// <summary>What a verdict map holds for it, or null.</summary>
    public NftVerdict? Verdict { get; init; }

    /// <summary>After how long it expires; zero is the set's own timeout. Needs a set with timeouts.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>Shown by nft(8); at most 127 bytes.</summary>
    public string? Comment { get; init; }

    /// <summary>Its last value, which is its only one unless it is a range.</summary>
    public NftValue Last => End.IsNone ? Key : End;

    /// <summary>A range, both ends included.</summary>
    /// <exception cref="ArgumentException">The ends differ in size, or (unless a concatenation) are in the wrong order.</exception>
    public static NftElement Range(NftValue first, NftValue last) => first.Length == last.Length && first <= last
        ? new NftElement(first) { End = first == last ? default : last }
        : throw new ArgumentException($"{first} to {last} is not a range", nameof(last));

    /// <summary>All addresses of a network.</summary>
    public static NftElement Prefix(IPNetwork network)
    {
        byte[] last = network.BaseAddress.GetAddressBytes();
        for (int bit = network.PrefixLength; bit < last.Length * 8; bit++)
        {
            last[bit / 8] |= (byte)(0x80 >> (bit % 8));
        }
        return Range(NftValue.Address(network.BaseAddress), NftValue.Raw(last));
    }

    /// <summary>An element of a data map.</summary>
    public static NftElement Map(NftValue key, NftValue data) => new(key) { Data = data };

    /// <summary>An element of a verdict map.</summary>
    public static NftElement Map(NftValue key, NftVerdict verdict) => new(key) { Verdict = verdict };

    /// <summary>An element with one key.</summary>
    public static implicit operator NftElement(NftValue key) => new(key);

    /// <summary>As the conversion.</summary>
    public static NftElement FromNftValue(NftValue key) => new(key);

    /// <summary>Whether both are the same element with the same content; what time has passed does not count.</summary>
    public bool IsSameAs(in NftElement other) =>
        Key == other.Key && End == other.End && Data == other.Data && Equals(Verdict, other.Verdict)
        && Timeout == other.Timeout && Comment == other.Comment;

    /// <summary>"10.0.0.0-10.0.0.255 timeout 1m comment "x" : 0x5", by the set's types.</summary>
    public string Format(NftSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        string text = End.IsNone ? set.Key.Format(Key)
            : set.Key.IsConcatenation ? FormatParts(set.Key)
            : $"{set.Key.Format(Key)}-{set.Key.Format(End)}";
        text += Timeout > TimeSpan.Zero ? $" timeout {NftText.Duration(Timeout)}" : "";
        text += Comment is null ? "" : $" comment \"{Comment}\"";
        return text + (Verdict is not null ? $" : {Verdict}" : Data.IsNone || set.Data is null ? "" : $" : {set.Data.Format(Data)}");
    }

    private string FormatParts(NftType type)
    {
        var parts = new List<string>();
        int position = 0;
        foreach (NftDataType field in type.Fields)
        {
            string first = field.Format(Key.Bytes.Slice(position, field.PaddedLength));
            string last = field.Format(End.Bytes.Slice(position, field.PaddedLength));
            parts.Add(first == last ? first : $"{first}-{last}");
            position += field.PaddedLength;
        }
        return string.Join(" . ", parts);
    }
}
