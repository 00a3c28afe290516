using System.Text.Json;
using Weft.CniPlugin.Errors;

namespace Weft.CniPlugin.Configuration;

/// <summary>
/// Values of one JSON object, read with their type checked: what is absent or null is the type's "nothing", what has another type
/// is a problem that names key and value.
/// </summary>
/// <param name="parent">The object; null or no object: everything is absent.</param>
/// <param name="path">What stands before a key in messages, such as "runtimeConfig."; may be empty.</param>
/// <param name="problems">Takes what is wrong.</param>
internal readonly struct JsonValues(JsonElement? parent, string path, ProblemList problems)
{
    public JsonElement? Find(string key) => JsonKeys.Find(parent, key);

    /// <summary>The key's object; null when it is absent, or none.</summary>
    public JsonElement? Object(string key) => Typed(key, JsonValueKind.Object, "an object");

    public string? Text(string key) => Typed(key, JsonValueKind.String, "a string")?.GetString();

    public bool? Flag(string key)
    {
        if (Find(key) is not JsonElement value)
        {
            return null;
        }
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.ValueKind == JsonValueKind.True;
        }
        Wrong(key, "true or false", value);
        return null;
    }

    /// <summary>A whole number from 0 to <paramref name="most"/>, as Go reads an unsigned integer: neither 1.0 nor 1e3 is one.</summary>
    public ulong? Number(string key, ulong most = ulong.MaxValue)
    {
        if (Find(key) is not JsonElement value)
        {
            return null;
        }
        if (value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out ulong number) && number <= most)
        {
            return number;
        }
        Wrong(key, $"a whole number from 0 to {most}", value);
        return null;
    }

    /// <summary>The elements of the key's list; none when it is absent.</summary>
    public IReadOnlyList<JsonElement> List(string key)
    {
        List<JsonElement> elements = [];
        if (Typed(key, JsonValueKind.Array, "a list") is JsonElement list)
        {
            foreach (JsonElement element in list.EnumerateArray())
            {
                elements.Add(element);
            }
        }
        return elements;
    }

    public List<string> Texts(string key) => Find(key) is JsonElement list ? TextsOf(key, list) : [];

    /// <summary>The strings of <paramref name="list"/>, which is what <paramref name="key"/> holds.</summary>
    public List<string> TextsOf(string key, JsonElement list)
    {
        List<string> texts = [];
        if (list.ValueKind != JsonValueKind.Array)
        {
            if (list.ValueKind != JsonValueKind.Null)
            {
                Wrong(key, "a list of strings", list);
            }
            return texts;
        }
        foreach (JsonElement element in list.EnumerateArray())
        {
            if (element.ValueKind == JsonValueKind.String)
            {
                texts.Add(element.GetString()!);
                continue;
            }
            problems.Add(CniErrorCode.InvalidConfiguration, $"\"{path}{key}\" must be a list of strings, and has {JsonKeys.Shown(element)}");
        }
        return texts;
    }

    private JsonElement? Typed(string key, JsonValueKind kind, string expected)
    {
        if (Find(key) is not JsonElement value)
        {
            return null;
        }
        if (value.ValueKind == kind)
        {
            return value;
        }
        Wrong(key, expected, value);
        return null;
    }

    private void Wrong(string key, string expected, JsonElement value) =>
        problems.Add(CniErrorCode.InvalidConfiguration, $"\"{path}{key}\" must be {expected}, not {JsonKeys.Shown(value)}");
}
