using System.Net;
using Weft.Policy.Compilation;

namespace Weft.NetDaemon.Policies;

/// <summary>All of policy as it should be on this node.</summary>
/// <param name="Compiled">Sets, classes, and who is in which.</param>
/// <param name="Isolated">Addresses of containers that nobody knows the labels of yet.</param>
/// <param name="IsWhole">Whether all endpoints are known. If not, what the kernel's sets hold of other nodes' containers stays there.</param>
internal sealed record PolicyState(CompiledPolicy Compiled, IReadOnlyCollection<IPAddress> Isolated, bool IsWhole)
{
    public static readonly PolicyState Empty = new(CompiledPolicy.Empty, [], IsWhole: true);
}
