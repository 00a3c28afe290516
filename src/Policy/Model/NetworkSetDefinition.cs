using Weft.Policy.Labels;

namespace Weft.Policy.Model;

/// <summary>Ranges of addresses with a name and labels, which rules select.</summary>
public sealed record NetworkSetDefinition(string Name, LabelSet Labels, AddressRanges Ranges);
