using Weft.Policy.Labels;

namespace Weft.Policy.Model;

/// <summary>Whose endpoints a selector looks at.</summary>
public abstract record NamespaceScope
{
    /// <summary>Those of one namespace.</summary>
    public sealed record One(string Name) : NamespaceScope
    {
        public override string ToString() => Name;
    }

    /// <summary>Those of every namespace with such labels.</summary>
    public sealed record Selected(Selector Namespaces) : NamespaceScope
    {
        public override string ToString() => $"{{{Namespaces.Text}}}";
    }

    public bool Matches(string name, LabelSet labels) => this switch
    {
        One one => one.Name == name,
        Selected selected => selected.Namespaces.Matches(labels),
        _ => false,
    };
}
