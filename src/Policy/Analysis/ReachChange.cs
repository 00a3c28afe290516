namespace Weft.Policy.Analysis;

/// <summary>What a change of policy changes between two ends.</summary>
public sealed record ReachChange(string Source, string Destination, TrafficSet Before, TrafficSet After);
