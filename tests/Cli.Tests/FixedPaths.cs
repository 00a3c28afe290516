using Weft.Contracts.V1;
using Weft.NetDaemon.Api;

namespace Weft.Cli.Tests;

/// <summary>Ways to other nodes that the test describes.</summary>
internal sealed class FixedPaths : Dictionary<string, NodePath>, INodePaths
{
    public IReadOnlyDictionary<string, NodePath> ByNode() => this;
}
