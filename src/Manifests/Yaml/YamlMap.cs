namespace Weft.Manifests.Yaml;

/// <summary>Keys with values, in the order written; each key once.</summary>
public sealed record YamlMap(int Line, IReadOnlyList<YamlEntry> Entries) : YamlNode(Line)
{
    public override string Noun => "an object";

    /// <summary>The entry with that very key, or null.</summary>
    public YamlEntry? Find(string key)
    {
        foreach (YamlEntry entry in Entries)
        {
            if (entry.Key == key)
            {
                return entry;
            }
        }
        return null;
    }
}
