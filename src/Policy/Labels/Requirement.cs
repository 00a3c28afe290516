using System.Collections.Immutable;

namespace Weft.Policy.Labels;

/// <summary>One condition of a selector.</summary>
public sealed class Requirement
{
    private Requirement(string key, SelectorTest test, ImmutableArray<string> values) => (Key, Test, Values) = (key, test, values);

    public string Key { get; }

    public SelectorTest Test { get; }

    /// <summary>Sorted, each once; empty for the tests that take none.</summary>
    public ImmutableArray<string> Values { get; }

    public static Requirement In(string key, params IEnumerable<string> values) => Create(key, SelectorTest.In, values);

    /// <exception cref="ArgumentException">In and NotIn without values, or the others with some.</exception>
    public static Requirement Create(string key, SelectorTest test, IEnumerable<string> values)
    {
        ImmutableArray<string> sorted = [.. values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return sorted.IsEmpty == (test is SelectorTest.Exists or SelectorTest.DoesNotExist)
            ? new Requirement(key, test, sorted)
            : throw new ArgumentException($"{test} of \"{key}\" with {sorted.Length} values", nameof(values));
    }

    public bool Matches(LabelSet labels) => labels.Find(Key) is { } value
        ? Test switch
        {
            SelectorTest.In => Values.Contains(value),
            SelectorTest.NotIn => !Values.Contains(value),
            _ => Test == SelectorTest.Exists,
        }
        : Test is SelectorTest.NotIn or SelectorTest.DoesNotExist;

    /// <summary>As kubectl writes it.</summary>
    public override string ToString() => Test switch
    {
        SelectorTest.In when Values.Length == 1 => $"{Key}={Values[0]}",
        SelectorTest.In => $"{Key} in ({string.Join(',', Values)})",
        SelectorTest.NotIn => $"{Key} notin ({string.Join(',', Values)})",
        SelectorTest.Exists => Key,
        _ => "!" + Key,
    };
}
