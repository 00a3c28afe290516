namespace Weft.Manifests.Yaml;

/// <param name="Key">The key's characters.</param>
/// <param name="Line">Line of the key, from 1.</param>
/// <param name="Value">What it is set to.</param>
public sealed record YamlEntry(string Key, int Line, YamlNode Value);
