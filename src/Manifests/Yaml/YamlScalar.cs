namespace Weft.Manifests.Yaml;

/// <summary>A single value.</summary>
/// <param name="Line">Line in its file, from 1.</param>
/// <param name="Text">Its characters, without quotes.</param>
/// <param name="IsPlain">Written without quotes, so that YAML may read it as a number, a boolean or null.</param>
public sealed record YamlScalar(int Line, string Text, bool IsPlain) : YamlNode(Line)
{
    /// <summary>Absent in all but name: <c>key:</c>, <c>~</c> or <c>null</c> (YAML 1.2 core schema, 10.3.2).</summary>
    public bool IsNull => IsPlain && (Text is "" or "~" or "null" or "Null" or "NULL");

    /// <summary>A boolean of the core schema. Its relatives of YAML 1.1 ("yes", "on") are texts.</summary>
    public bool IsBoolean => IsPlain && (Text is "true" or "True" or "TRUE" or "false" or "False" or "FALSE");

    /// <summary>A number of the core schema.</summary>
    public bool IsNumber => IsPlain && CoreNumber.Matches(Text);

    public override string Noun => IsNull ? "empty" : IsBoolean ? "a boolean" : IsNumber ? "a number" : "a text";
}
