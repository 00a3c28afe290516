namespace Weft.Manifests;

/// <summary>Where an object, and each of its fields that may clash with other objects, was written.</summary>
/// <param name="Source">File name, or "-".</param>
/// <param name="Line">Line that the object begins at, from 1.</param>
/// <param name="Path">Path in front of its fields: empty, or <c>items[3].</c></param>
public sealed record ManifestOrigin(string Source, int Line, string Path)
{
    private readonly Dictionary<string, int> _lines = [];

    /// <summary>Of objects that no file holds.</summary>
    public static ManifestOrigin BuiltIn(string source) => new(source, 1, "");

    /// <summary>Line of a field, or of the object when the field was left out.</summary>
    public int LineOf(string field) => _lines.GetValueOrDefault(field, Line);

    public void SetLine(string field, int line) => _lines[field] = line;

    public override string ToString() => $"{Source}:{Line}";
}
