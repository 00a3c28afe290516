using System.Collections.Immutable;
using System.Net;
using Weft.Policy.Labels;

namespace Weft.Policy.Model;

/// <summary>What policies know of a node.</summary>
public sealed record PolicyNode(string Name, LabelSet Labels, ImmutableArray<IPAddress> Addresses);
