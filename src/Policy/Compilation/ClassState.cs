using System.Collections.Immutable;
using Weft.Policy.Model;

namespace Weft.Policy.Compilation;

/// <summary>A class in use.</summary>
internal sealed class ClassState(ClassId id, Direction direction, ImmutableArray<PolicyName> policies)
{
    public ClassId Id => id;

    public Direction Direction => direction;

    public ImmutableArray<PolicyName> Policies => policies;

    /// <summary>Endpoints, and the node, that are in it.</summary>
    public int Users { get; set; }

    public CompiledClass? Compiled { get; set; }

    /// <summary>The sets that its rules name, each once.</summary>
    public ImmutableArray<SetState> Sets { get; set; } = [];
}
