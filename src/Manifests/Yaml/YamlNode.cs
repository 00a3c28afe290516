namespace Weft.Manifests.Yaml;

/// <summary>A value of a YAML text, with the place it was written at.</summary>
/// <param name="Line">Line in its file, from 1.</param>
public abstract record YamlNode(int Line)
{
    /// <summary>What a message calls it: "a text", "a list", "an object".</summary>
    public abstract string Noun { get; }
}
