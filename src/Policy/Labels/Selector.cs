using System.Collections.Immutable;

namespace Weft.Policy.Labels;

/// <summary>Conditions on labels, all of which must hold. Without any it matches everything. Equal when the canonical text is.</summary>
public sealed class Selector : IEquatable<Selector>
{
    public static readonly Selector Everything = Of();

    private Selector(ImmutableArray<Requirement> requirements, string text) => (Requirements, Text) = (requirements, text);

    /// <summary>Sorted by their text, each once.</summary>
    public ImmutableArray<Requirement> Requirements { get; }

    /// <summary>Canonical: kubectl's notation, sorted; empty for <see cref="Everything"/>.</summary>
    public string Text { get; }

    public static Selector Of(params IEnumerable<Requirement> requirements)
    {
        ImmutableArray<Requirement> sorted = [.. requirements.DistinctBy(r => r.ToString()).OrderBy(r => r.ToString(), StringComparer.Ordinal)];
        return new Selector(sorted, string.Join(',', sorted));
    }

    public bool Matches(LabelSet labels)
    {
        foreach (Requirement requirement in Requirements)
        {
            if (!requirement.Matches(labels))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>The first condition that the labels do not meet, or null.</summary>
    public Requirement? FirstUnmet(LabelSet labels) => Requirements.FirstOrDefault(requirement => !requirement.Matches(labels));

    public bool Equals(Selector? other) => other is not null && Text == other.Text;

    public override bool Equals(object? obj) => Equals(obj as Selector);

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Text.Length == 0 ? "all" : Text;
}
