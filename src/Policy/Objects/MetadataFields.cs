using Weft.Contracts.V1;
using Weft.Manifests.Yaml;
using Weft.Policy.Labels;

namespace Weft.Policy.Objects;

/// <summary>Reads metadata and maps of texts, as the API server checks them.</summary>
internal static class MetadataFields
{
    private const int MaximumAnnotations = 256 * 1024;   // characters of all together; apimachinery, TotalAnnotationSizeLimitB

    /// <summary>What kubectl prints and nobody writes.</summary>
    private static readonly string[] FromTheServer =
    [
        "creationTimestamp", "uid", "resourceVersion", "generation", "managedFields", "selfLink", "ownerReferences", "finalizers", "deletionTimestamp",
        "deletionGracePeriodSeconds",
    ];

    /// <param name="fields">The object.</param>
    /// <param name="namespaced">Whether its kind lives in namespaces.</param>
    /// <param name="plainName">Whether the name is one DNS label, as a Namespace's.</param>
    public static ObjectMeta Read(FieldReader fields, bool namespaced, bool plainName = false)
    {
        var meta = new ObjectMeta();
        if (fields.Object("metadata", required: true) is not { } metadata)
        {
            return meta;
        }
        meta.Name = ReadName(metadata, plainName).Name;
        meta.Namespace = ReadNamespace(metadata, namespaced) ?? "";
        ReadTexts(metadata, "labels", meta.Labels, LabelRules.CheckKey, LabelRules.CheckValue);
        ReadTexts(metadata, "annotations", meta.Annotations, key => LabelRules.CheckKey(key.ToLowerInvariant()), static _ => null);
        if (meta.Annotations.Sum(pair => pair.Key.Length + pair.Value.Length) > MaximumAnnotations)
        {
            metadata.Refuse("annotations", $"are more than {MaximumAnnotations} characters together");
        }
        if (meta.Annotations.GetValueOrDefault(PolicyKinds.StagedAnnotation) is { } staged and not ("true" or "false"))
        {
            metadata.Refuse("annotations", $"{PolicyKinds.StagedAnnotation} is {Quoted.Text(staged)}; write \"true\" or \"false\"");
        }
        foreach (string key in FromTheServer)
        {
            metadata.Ignore(key);
        }
        metadata.RejectUnknown();
        return meta;
    }

    /// <summary>Namespace and name alone, or null where they are wrong.</summary>
    public static (string Namespace, string Name)? ReadIdentity(FieldReader fields, bool namespaced, bool plainName)
    {
        if (fields.Object("metadata", required: true) is not { } metadata)
        {
            return null;
        }
        (string name, bool usable) = ReadName(metadata, plainName);
        string? home = ReadNamespace(metadata, namespaced);
        return usable ? (home ?? "", name) : null;
    }

    /// <summary>A map of texts, such as labels. What is wrong is told and left out.</summary>
    public static void ReadTexts(FieldReader fields, string key, IDictionary<string, string> into, Func<string, string?> checkKey, Func<string, string?> checkValue)
    {
        YamlNode? value = fields.Any(key);
        if (value is not (null or YamlMap))
        {
            fields.Refuse(key, $"must be an object of texts, not {value.Noun}");
        }
        foreach (YamlEntry entry in (value as YamlMap)?.Entries ?? [])
        {
            if (checkKey(entry.Key) is { } wrongKey)
            {
                fields.RefuseAt(entry.Value, key, $"{Quoted.Text(entry.Key)} {wrongKey}");
            }
            else if (entry.Value is not YamlScalar { IsNull: false, IsBoolean: false, IsNumber: false } text)
            {
                string written = entry.Value is YamlScalar { IsNull: false } scalar ? $"{Quoted.Bare(scalar.Text)} is {scalar.Noun}" : $"is {entry.Value.Noun}";
                fields.RefuseAt(entry.Value, $"{key}.{Quoted.Bare(entry.Key)}", $"{written}, not a text; put it in quotes");
            }
            else if (checkValue(text.Text) is { } wrong)
            {
                fields.RefuseAt(entry.Value, $"{key}.{entry.Key}", $"{Quoted.Text(text.Text)} {wrong}");
            }
            else
            {
                into[entry.Key] = text.Text;
            }
        }
    }

    private static (string Name, bool Usable) ReadName(FieldReader metadata, bool plainName)
    {
        string? name = metadata.Text("name", required: true);
        bool usable = name is not null && (plainName ? ResourceName.IsLabel(name) : ResourceName.IsHostName(name));
        if (name is not null && !usable)
        {
            metadata.Refuse("name", $"{Quoted.Text(name)} is not a name; use lower-case letters, digits{(plainName ? " and \"-\", 63 at most" : ", \"-\" and \".\"")}");
        }
        return (name ?? "", usable);
    }

    private static string? ReadNamespace(FieldReader metadata, bool namespaced)
    {
        string? text = metadata.Text("namespace");
        if (namespaced)
        {
            if (text is not (null or "") && !ResourceName.IsLabel(text))
            {
                metadata.Refuse("namespace", $"{Quoted.Text(text)} is not the name of a namespace");
            }
            return string.IsNullOrEmpty(text) ? PolicyKinds.DefaultNamespace : text;
        }
        if (!string.IsNullOrEmpty(text))
        {
            metadata.Refuse("namespace", $"{Quoted.Text(text)}: objects of this kind live in no namespace; remove it");
        }
        return null;
    }
}
