namespace Weft.Manifests.Yaml;

/// <summary>Something wrong in a text that a person wrote.</summary>
/// <param name="Source">File name, or "-" for standard input.</param>
/// <param name="Line">Line in it, from 1.</param>
/// <param name="Path">Which field, such as <c>spec.cidr</c>; empty when it is about the whole.</param>
/// <param name="Text">What is wrong and what to write instead.</param>
public sealed record Problem(string Source, int Line, string Path, string Text)
{
    public override string ToString() => Path.Length == 0 ? $"{Source}:{Line}: {Text}" : $"{Source}:{Line}: {Path}: {Text}";
}
