namespace Weft.Policy.Analysis;

/// <summary>Who reaches an endpoint with what.</summary>
/// <param name="Source">An endpoint, a node, or a range of addresses.</param>
/// <param name="Destination">The endpoint's address that is reached, or its name.</param>
/// <param name="Traffic">What is allowed.</param>
public sealed record Reach(string Source, string Destination, TrafficSet Traffic);
