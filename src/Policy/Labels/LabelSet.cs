namespace Weft.Policy.Labels;

/// <summary>The labels of one object: immutable, compared by content.</summary>
public sealed class LabelSet : IEquatable<LabelSet>
{
    public static readonly LabelSet Empty = new([]);

    private readonly KeyValuePair<string, string>[] _pairs;

    private LabelSet(KeyValuePair<string, string>[] pairs) => _pairs = pairs;

    /// <summary>Keys with values, sorted by key.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Pairs => _pairs;

    /// <exception cref="ArgumentException">A key is given twice.</exception>
    public static LabelSet From(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        KeyValuePair<string, string>[] sorted = [.. pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal)];
        for (int i = 1; i < sorted.Length; i++)
        {
            if (sorted[i].Key == sorted[i - 1].Key)
            {
                throw new ArgumentException($"the label \"{sorted[i].Key}\" is given twice", nameof(pairs));
            }
        }
        return sorted.Length == 0 ? Empty : new LabelSet(sorted);
    }

    /// <summary>The value of a label, which may be empty, or null when the key is absent.</summary>
    public string? Find(string key)
    {
        foreach ((string name, string value) in _pairs)
        {
            if (name == key)
            {
                return value;
            }
        }
        return null;
    }

    /// <summary>These labels with one set to a value.</summary>
    public LabelSet With(string key, string value) => From(_pairs.Where(pair => pair.Key != key).Append(new(key, value)));

    public bool Equals(LabelSet? other) => other is not null && _pairs.AsSpan().SequenceEqual(other._pairs);

    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach ((string key, string value) in _pairs)
        {
            hash.Add(key);
            hash.Add(value);
        }
        return hash.ToHashCode();
    }

    public override string ToString() => string.Join(',', _pairs.Select(pair => $"{pair.Key}={pair.Value}"));
}
