using System.Net;
using Weft.Policy.Compilation;

namespace Weft.NetDaemon.Policies;

/// <summary>What is to change in the kernel at once.</summary>
/// <param name="Change">Of sets, classes and who is in which.</param>
/// <param name="Isolated">Addresses of containers that nobody knows the labels of yet: nothing passes.</param>
/// <param name="Released">Addresses of which the labels became known, or whose container is gone.</param>
internal sealed record PolicyStep(PolicyChange Change, IReadOnlyList<IPAddress> Isolated, IReadOnlyList<IPAddress> Released)
{
    public static readonly PolicyStep None = new(PolicyChange.None, [], []);

    /// <summary>Whether it may forbid what was allowed. Another container in a set only allows, unless a rule denies by it, which is told by its class.</summary>
    public bool MayTighten => Isolated.Count > 0 || Change.ClassesWritten.Count > 0 || Change.Assigned.Count > 0 || Change.ElementsRemoved.Count > 0 || DeniesMore;

    /// <summary>Whether elements were added to sets by which rules deny.</summary>
    public bool DeniesMore { get; init; }

    /// <summary>Whether it is about the node itself: that needs other base chains, which a look at everything makes.</summary>
    public bool ConcernsNode => Change.Assigned.Any(pair => pair.Key.Address is null) || Change.Unassigned.Any(target => target.Address is null);

    public bool IsEmpty => Change.IsEmpty && Isolated.Count == 0 && Released.Count == 0;
}
