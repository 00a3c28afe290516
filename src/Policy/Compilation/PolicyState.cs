using System.Collections.Immutable;
using Weft.Policy.Model;

namespace Weft.Policy.Compilation;

/// <summary>A policy, with its rules compiled once they are needed.</summary>
internal sealed class PolicyState(PolicyDefinition definition)
{
    private readonly List<SetSource>[] _sources = [[], []];
    private readonly ImmutableArray<CompiledRule>[] _rules = new ImmutableArray<CompiledRule>[2];

    public PolicyDefinition Definition => definition;

    /// <summary>Whom it selects; null for policies of nodes.</summary>
    public SelectorState? Subject { get; set; }

    public ImmutableArray<CompiledRule> Rules(Direction direction)
    {
        ref ImmutableArray<CompiledRule> rules = ref _rules[(int)direction];
        if (rules.IsDefault)
        {
            rules = RuleCompiler.Compile(definition, direction, _sources[(int)direction]);
        }
        return rules;
    }

    /// <summary>The sets that its rules name.</summary>
    public IReadOnlyList<SetSource> Sources(Direction direction)
    {
        _ = Rules(direction);
        return _sources[(int)direction];
    }
}
