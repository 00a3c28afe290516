namespace Weft.NetDaemon.Yaml;

/// <summary>A sequence of values.</summary>
internal sealed record YamlList(int Line, IReadOnlyList<YamlNode> Items) : YamlNode(Line)
{
    public override string Noun => "a list";
}
