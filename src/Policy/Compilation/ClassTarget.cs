using System.Net;
using Weft.Policy.Model;

namespace Weft.Policy.Compilation;

/// <summary>Whose traffic in a direction a class is for.</summary>
/// <param name="Direction">Egress: what it sends. Ingress: what it gets.</param>
/// <param name="Address">An endpoint's, on this node; null: the node itself.</param>
public readonly record struct ClassTarget(Direction Direction, IPAddress? Address);
