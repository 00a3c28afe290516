using Weft.Manifests.Yaml;

namespace Weft.NetDaemon.Manifests;

/// <summary>Reads which nodes and namespaces a pool is for.</summary>
internal static class SelectorFields
{
    private const int Maximum = 100;

    /// <summary>Labels and their values; empty where none are given or they are refused.</summary>
    public static IReadOnlyDictionary<string, string> ReadNodeSelector(FieldReader spec) => ReadLabels(spec, "nodeSelector");

    /// <inheritdoc cref="ReadNodeSelector"/>
    public static IReadOnlyDictionary<string, string> ReadLabels(FieldReader spec, string field)
    {
        var selector = new SortedDictionary<string, string>(StringComparer.Ordinal);
        switch (spec.Any(field))
        {
            case null:
                break;
            case YamlMap map when map.Entries.Count <= Maximum:
                foreach (YamlEntry entry in map.Entries)
                {
                    // "true" and 7 are texts where a label's value is meant.
                    string? value = entry.Value is YamlScalar { IsNull: false } scalar ? scalar.Text : null;
                    if (!IsLabelKey(entry.Key) || value is null || !IsLabelValue(value))
                    {
                        spec.Refuse(field, $"{Quoted.Text(entry.Key)}: {(value is null ? entry.Value.Noun : Quoted.Text(value))} is not a label with its value, such as zone: a");
                        continue;
                    }
                    selector[entry.Key] = value;
                }
                break;
            case var other:
                spec.Refuse(field, $"must be an object of {Maximum} labels at most, such as {{zone: a}}, not {other.Noun}");
                break;
        }
        return selector;
    }

    /// <summary>Names of namespaces; empty where none are given or they are refused.</summary>
    public static IReadOnlyList<string> ReadNamespaces(FieldReader spec)
    {
        SortedSet<string> namespaces = new(StringComparer.Ordinal);
        YamlList? list = spec.List("namespaces");
        if (list?.Items.Count > Maximum)
        {
            spec.Refuse("namespaces", $"has {list.Items.Count} names; {Maximum} is the most");
            return [];
        }
        foreach (YamlNode item in list?.Items ?? [])
        {
            if (item is YamlScalar { IsNull: false } scalar && ResourceName.IsLabel(scalar.Text))
            {
                namespaces.Add(scalar.Text);
            }
            else
            {
                spec.Refuse("namespaces", $"{(item is YamlScalar text ? Quoted.Text(text.Text) : item.Noun)} is not the name of a namespace");
            }
        }
        return [.. namespaces];
    }

    internal static bool IsLabelKey(string key) => key.Length is > 0 and <= 317 && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/');

    internal static bool IsLabelValue(string value) => value.Length <= 253 && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
