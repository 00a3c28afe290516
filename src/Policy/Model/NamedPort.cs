namespace Weft.Policy.Model;

/// <summary>A port that an endpoint has given a name.</summary>
public readonly record struct NamedPort(string Name, L4Protocol Protocol, ushort Number);
