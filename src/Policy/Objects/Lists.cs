using Weft.Manifests.Yaml;

namespace Weft.Policy.Objects;

/// <summary>Reads the items of a list, each with its place for messages.</summary>
internal static class Lists
{
    /// <summary>Calls <paramref name="read"/> for each item that is an object; others, and too many, are told.</summary>
    public static void ForEach(FieldReader fields, string key, int maximum, Action<FieldReader> read)
    {
        YamlList? list = fields.List(key);
        if (list?.Items.Count > maximum)
        {
            fields.Refuse(key, $"has {list.Items.Count} items; {maximum} are the most");
        }
        for (int i = 0; i < list?.Items.Count; i++)
        {
            if (fields.At($"{key}[{i}]", list.Items[i]) is { } item)
            {
                read(item);
            }
        }
    }

    /// <summary>The items that are texts; others, and too many, are told.</summary>
    public static IEnumerable<string> Texts(FieldReader fields, string key, int maximum)
    {
        YamlList? list = fields.List(key);
        if (list?.Items.Count > maximum)
        {
            fields.Refuse(key, $"has {list.Items.Count} items; {maximum} are the most");
        }
        for (int i = 0; i < list?.Items.Count; i++)
        {
            if (list.Items[i] is YamlScalar { IsNull: false, IsBoolean: false, IsNumber: false } scalar)
            {
                yield return scalar.Text;
            }
            else
            {
                string written = list.Items[i] is YamlScalar { IsNull: false } other ? $"{Quoted.Bare(other.Text)} is {other.Noun}" : $"is {list.Items[i].Noun}";
                fields.RefuseAt(list.Items[i], $"{key}[{i}]", $"{written}, not a text; put it in quotes");
            }
        }
    }
}
