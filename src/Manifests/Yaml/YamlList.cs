namespace Weft.Manifests.Yaml;

/// <summary>A sequence of values.</summary>
public sealed record YamlList(int Line, IReadOnlyList<YamlNode> Items) : YamlNode(Line)
{
    public override string Noun => "a list";
}
